)
))
call commEnv.cmd
