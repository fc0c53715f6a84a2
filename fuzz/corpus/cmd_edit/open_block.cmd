if exist x (
call commEnv.cmd
