set A=0123456789abcdef
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
set A=%A%%A%
:a
call :a "%A%"
call "%~dp0setDomainEnv.cmd" %A%
