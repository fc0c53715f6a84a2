cat <<E
. ./commEnv.sh
