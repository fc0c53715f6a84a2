# >>> packwright: patch profile Orders of wls1036 >>>
. ./commEnv.sh
