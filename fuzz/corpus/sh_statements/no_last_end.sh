A=1
. ./commEnv.sh