exit 0
. ./commEnv.sh
