setlocal enabledelayedexpansion
set A=!B:~1!
set /a C=1+2
set /p D=?
call commEnv.cmd
