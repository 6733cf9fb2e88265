Register-ArgumentCompleter -Native -CommandName tokcli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $prev = $env:TOKCLI_COMPLETE;
    $env:TOKCLI_COMPLETE = "powershell";

    $args = $commandAst.Extent.Text
    $args = $args.Substring(0, [math]::Min($cursorPosition, $args.Length));
    if ($wordToComplete -eq "") {
        $args += " ''";
    }

    $results = Invoke-Expression @"
& tokcli -- $args
"@;
    if ($null -eq $prev) {
        Remove-Item Env:\TOKCLI_COMPLETE;
    } else {
        $env:TOKCLI_COMPLETE = $prev;
    }
    $results | ForEach-Object {
        $split = $_.Split("`t");
        $cmd = $split[0];

        if ($split.Length -eq 2) {
            $help = $split[1];
        }
        else {
            $help = $split[0];
        }

        [System.Management.Automation.CompletionResult]::new($cmd, $cmd, 'ParameterValue', $help)
    }
};
        
