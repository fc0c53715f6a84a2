eval "PATCH_PATH=1"
eval . ./commEnv.sh
trap "exit" 1 2
exec ${X}/startWebLogic.sh "$@"
