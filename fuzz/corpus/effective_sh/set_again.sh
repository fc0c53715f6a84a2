. ./x.sh
PATCH_CLASSPATH=
. ./commEnv.sh
PATCH_CLASSPATH=/x
java a
