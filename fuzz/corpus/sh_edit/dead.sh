f() {
. ./commEnv.sh
}
