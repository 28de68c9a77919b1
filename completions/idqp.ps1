# Completion of idqp for PowerShell; dot-source it in $PROFILE
Register-ArgumentCompleter -Native -CommandName idqp -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($_.PSObject.Properties['Value']) { [string]$_.Value } else { $_.ToString() } })
    $open = $wordToComplete.Trim("'", '"')
    # Without an answer PowerShell completes paths by itself.
    & idqp complete -- @words $open 2>$null | Where-Object { $_ -notlike ':*' } | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        $typed = if ($value -match '^[A-Za-z0-9_./=-]+$') { $value } else { "'" + $value.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($typed, $value, 'ParameterValue', $help)
    }
}
