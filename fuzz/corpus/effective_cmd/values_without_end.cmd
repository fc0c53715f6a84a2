set A=0123456789abcdef
:a
set A=%A%%A%
goto a
