A='open
. ./commEnv.sh
