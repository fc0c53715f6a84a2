#!/bin/sh

# Starts the administration server. The configuration wizard wrote this file.

DOMAIN_HOME="@DOMAIN_HOME@"

${DOMAIN_HOME}/bin/startWebLogic.sh $*
