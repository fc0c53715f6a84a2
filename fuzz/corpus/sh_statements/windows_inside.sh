set PRE_CLASSPATH=/x
@REM y
. ./commEnv.sh
