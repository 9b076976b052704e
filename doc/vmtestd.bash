# Completion of vmtestd's flags for bash (4 or newer). To use it, source this file, or copy it to
# /usr/share/bash-completion/completions/vmtestd.

_vmtestd() {
    local switches='once keep check status json sweep version help debug'
    local valued='root broker procfs interval scenario flist kernel-flist name-prefix cpu memory boot-timeout wait timeout report listen slo failure'
    local IFS=$' \t\n' at=$COMP_CWORD word=${COMP_WORDS[COMP_CWORD]} before=''
    local flag value lead name hyphens=-- channel channels='' replies=()

    # Bash splits words at = and : too, and replaces only the last part with a reply. So the word is joined here,
    # and the part before the last is removed from the replies.
    if [[ $word =~ ^[=:]+$ ]]; then
        before=$word
    fi
    while [[ $word && $at -gt 1 && (${COMP_WORDS[at]} =~ ^[=:]+$ || ${COMP_WORDS[at - 1]} =~ ^[=:]+$) ]]; do
        at=$((at - 1))
        word=${COMP_WORDS[at]}$word
        before=${COMP_WORDS[at]}$before
    done

    if [[ $word == -*=* ]]; then
        flag=${word%%=*}
        value=${word#*=}
    else
        flag=${COMP_WORDS[at - 1]}
        value=$word
    fi
    lead=${word%"$value"}

    # compopt fails except during interactive completion.
    case $flag in
        -root | --root | -procfs | --procfs)
            # dirnames handles quoted paths and those with a tilde.
            compopt -o filenames -o dirnames 2>/dev/null
            mapfile -t replies < <(compgen -d -P "$lead" -- "$value")
            ;;
        -broker | --broker)
            compopt -o nospace 2>/dev/null
            if [[ $value == unix:///* ]]; then
                compopt -o filenames 2>/dev/null
                mapfile -t replies < <(compgen -f -P "${lead}unix://" -- "${value#unix://}")
            else
                mapfile -t replies < <(compgen -P "$lead" -W 'unix:// tcp://' -- "$value")
            fi
            ;;
        -scenario | --scenario)
            compopt -o nospace 2>/dev/null
            lead=$lead${value%"${value##*,}"}
            mapfile -t replies < <(compgen -P "$lead" -W 'boot storage network storage+network' -- "${value##*,}")
            ;;
        -report | --report)
            compopt -o nospace 2>/dev/null
            lead=$lead${value%"${value##*,}"}
            for channel in zui perf flag; do
                [[ ,$value == *,$channel,* ]] || channels+=" $channel"
            done
            # none cannot be combined.
            [[ $value == *,* ]] || channels+=' none'
            mapfile -t replies < <(compgen -P "$lead" -W "$channels" -- "${value##*,}")
            ;;
        *)
            name=${flag#-}
            if [[ $flag == -* && " $valued " == *" ${name#-} "* ]]; then
                # Numbers, durations and addresses have no suggestions.
                :
            elif [[ -z $word || $word == -* ]]; then
                [[ $word == -[!-]* ]] && hyphens=-
                name=${word#-}
                mapfile -t replies < <(compgen -P "$hyphens" -W "$switches $valued" -- "${name#-}")
            fi
            ;;
    esac
    COMPREPLY=("${replies[@]#"$before"}")
}

complete -F _vmtestd vmtestd vmtestd.sh
