# für Aufträge –ÿ
NAME=café
. $WL_HOME/common/bin/commEnv.sh
