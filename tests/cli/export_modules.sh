#!/bin/sh
# export_modules.sh PYTHON SOURCE_DIR OUTPUT_DIR: writes plain.pt, two_inputs.pt and unknown.pt with tools/export_torchscript.py.
set -eu
python=$1
source_dir=$2
output_dir=$3
mkdir -p "$output_dir"
cd "$source_dir/tests/cli"
export PYTHONDONTWRITEBYTECODE=1
export="$source_dir/tools/export_torchscript.py"
"$python" "$export" modules:plain -o "$output_dir/plain.pt" --input 1x3x32x32
"$python" "$export" modules:two_inputs -o "$output_dir/two_inputs.pt" --input 1x5:i64 --input 1
"$python" "$export" modules:unknown -o "$output_dir/unknown.pt" --input 2x3
