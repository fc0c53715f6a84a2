. ./commEnv.sh
PATCH_PATH=/x
. ./startWebLogic.sh
