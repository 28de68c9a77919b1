"""The scripts that let shells ask `idqp complete`; pure."""

from __future__ import annotations

FILES = {"bash": "idqp.bash", "zsh": "_idqp", "fish": "idqp.fish", "powershell": "idqp.ps1"}

BASH = r"""# Completion of idqp for bash; source it, or put it into ~/.local/share/bash-completion/completions/idqp
_idqp_paths() {
    local path
    compopt -o filenames
    while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$cur")
}
_idqp() {
    local cur="${COMP_WORDS[COMP_CWORD]}" open="" line value
    case "$cur" in
        [\"\']*) open="${cur:0:1}" cur="${cur:1}" ;;
    esac
    local words=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
    COMPREPLY=()
    while IFS= read -r line; do
        value="${line%%$'\t'*}"
        case "$value" in
            :files) _idqp_paths -f ;;
            :folders) _idqp_paths -d ;;
            *) [[ -n "$open" ]] || printf -v value %q "$value"; COMPREPLY+=("$value") ;;
        esac
    done < <(idqp complete -- "${words[@]}" "$cur" 2>/dev/null)
}
complete -F _idqp idqp
"""

ZSH = r"""#compdef idqp
# Completion of idqp for zsh; put it into a folder of $fpath as _idqp, or source it after compinit.
_idqp() {
    local line
    local -a values shown
    for line in "${(@f)$(idqp complete -- "${(@)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        case "$line" in
            :files) _files ;;
            :folders) _files -/ ;;
            ?*) values+=("${line%%$'\t'*}"); shown+=("${line/$'\t'/  }") ;;
        esac
    done
    (( $#values )) && compadd -l -d shown -a values
}
if [[ "$funcstack[1]" = _idqp ]]; then _idqp "$@"; else compdef _idqp idqp; fi
"""

FISH = r"""# Completion of idqp for fish; put it into ~/.config/fish/completions/idqp.fish
function __idqp_complete
    set -l word (commandline -ct)
    for line in (idqp complete -- (commandline -opc)[2..-1] $word 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path $word
            case ':folders'
                __fish_complete_directories $word
            case '*'
                echo $line
        end
    end
end
complete -c idqp -f -a '(__idqp_complete)'
"""

POWERSHELL = r"""# Completion of idqp for PowerShell; dot-source it in $PROFILE
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
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH, "powershell": POWERSHELL}


def script(shell: str) -> str:
    """Return the script for one of the shells of `FILES`."""
    return SCRIPTS[shell]
