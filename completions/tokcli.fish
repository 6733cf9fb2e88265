complete --keep-order --exclusive --command tokcli --arguments "(TOKCLI_COMPLETE=fish tokcli -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
