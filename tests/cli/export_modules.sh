#!/bin/sh
# export_modules.sh SOURCE_DIR OUTPUT_DIR: writes plain.pt, two_inputs.pt and unknown.pt with tools/export_torchscript.py.
set -eu
source_dir=$1
output_dir=$2
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import torchvision' 2>/dev/null; then
    break
  fi
  python=
done
if [ -z "$python" ]; then
  echo "no python3 that can import torchvision" >&2
  exit 1
fi
mkdir -p "$output_dir"
cd "$source_dir/tests/cli"
export PYTHONDONTWRITEBYTECODE=1
export="$source_dir/tools/export_torchscript.py"
"$python" "$export" modules:plain -o "$output_dir/plain.pt" --input 1x3x32x32
"$python" "$export" modules:two_inputs -o "$output_dir/two_inputs.pt" --input 1x5:i64 --input 1
"$python" "$export" modules:unknown -o "$output_dir/unknown.pt" --input 2x3
