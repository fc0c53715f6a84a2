# <<< packwright <<<
. ./commEnv.sh
