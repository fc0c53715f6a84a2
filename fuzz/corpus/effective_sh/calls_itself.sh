. `dirname $0`/setDomainEnv.sh
. "$DOMAIN_HOME"/bin/setDomainEnv.sh
