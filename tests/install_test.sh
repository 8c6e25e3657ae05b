#!/usr/bin/env bash
# install_test.sh BUILD_DIR SOURCE_DIR: installs into a scratch prefix, then
#  - runs the installed executable from another folder (it must find its configs and importer module by itself),
#  - builds and runs examples/find_package against the installed package, outside the tree.
set -euo pipefail
build=$1
source=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "install_test: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$scratch/prefix" >"$scratch/install.log" || { cat "$scratch/install.log"; fail "install"; }
cd "$scratch"
./prefix/bin/fusesim simulate resnet18 --target kpu-t64 --format json >simulate.json || fail "the installed fusesim does not simulate"
grep -q '"latency_us"' simulate.json || fail "no latency in simulate.json"
# The build's own configs and module must not be what answered.
./prefix/bin/fusesim targets --format json | grep -q a100-sxm-40gb || fail "no shipped machine is found after install"
# Shipped claims count on graphs and look up rows that must have come along.
./prefix/bin/fusesim claims --id resnet18-60-launches --id aitemplate-resnet50-batch-1 --format json >claims.json || fail "shipped claims"
grep -q '"verdict": "refuted"' claims.json && grep -q '"measured": 13' claims.json || fail "claims without their data: $(cat claims.json)"

cp -r "$source/examples/find_package" example
cmake -S example -B example/build -DCMAKE_PREFIX_PATH="$scratch/prefix" -DCMAKE_BUILD_TYPE=Release >configure.log 2>&1 || { cat configure.log; fail "find_package(fusesim)"; }
cmake --build example/build >build.log 2>&1 || { cat build.log; fail "building the example"; }
FUSESIM_CONFIG_PATH="$scratch/prefix/share/fusesim/configs" example/build/launch_saving >saving.txt || fail "running the example"
[ "$(grep -c 'unfused' saving.txt)" -eq 4 ] || fail "the example printed: $(cat saving.txt)"
cat saving.txt
