set A=%B:~0,3%%C:x=y%%%%D%%~fsE%~dpnx1%*
call %~dp0commEnv.cmd
set %
