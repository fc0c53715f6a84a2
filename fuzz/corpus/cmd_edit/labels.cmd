:a
::b
: c d
goto a
call :a
goto :EOF
call commEnv.cmd
