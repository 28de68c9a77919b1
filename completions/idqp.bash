# Completion of idqp for bash; source it, or put it into ~/.local/share/bash-completion/completions/idqp
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
