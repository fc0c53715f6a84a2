#!/bin/sh

# What every script of this installation needs, in two parts. No patches by default: this release has no setPatchEnv.

COMMON_BIN="@MW_HOME@/oracle_common/common/bin"

. "${COMMON_BIN}/commBaseEnv.sh"
. "${COMMON_BIN}/commExtEnv.sh"
