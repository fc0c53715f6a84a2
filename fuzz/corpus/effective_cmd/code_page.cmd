@rem fr Auftr„ge –ÿ
set N=caf‚
call commEnv.cmd
