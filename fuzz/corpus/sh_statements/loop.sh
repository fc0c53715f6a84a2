while read -r A B; do for i in 1 2; do until false; do . ./startWebLogic.sh; break 2; done; done; done <<< "x"
