# Completion of idqp for fish; put it into ~/.config/fish/completions/idqp.fish
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
