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
set B=%A%
goto a
