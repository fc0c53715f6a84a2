call commEnv.cmd
set PATCH_LIBPATH=C:\x
call startWebLogic.cmd
