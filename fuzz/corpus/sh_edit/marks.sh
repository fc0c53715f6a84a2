# >>> packwright: patch profile Orders of wls1036 >>>
# taken out again by: packwright patch unpoint (seal 0123456789abcdef)
PATCH_CLASSPATH=/x
# <<< packwright <<<
. ./commEnv.sh
