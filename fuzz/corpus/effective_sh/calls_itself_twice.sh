. `dirname $0`/setDomainEnv.sh
. `dirname $0`/setDomainEnv.sh
`dirname $0`/startWebLogic.sh
. `dirname $0`/setDomainEnv.sh
