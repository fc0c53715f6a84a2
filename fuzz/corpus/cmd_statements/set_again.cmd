call x.cmd
set PATCH_CLASSPATH=
call commEnv.cmd
set PATCH_CLASSPATH=C:\x
java a
