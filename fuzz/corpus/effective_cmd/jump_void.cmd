goto none
call commEnv.cmd
