set edit:completion:arg-completer[tokcli] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) TOKCLI_COMPLETE="elvish" tokcli -- $@words) | to-lines
}

