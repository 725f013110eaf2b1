#!/usr/bin/env bash
# Builds the image from this clone and runs it as an operator would: read-only, without rights, as its own user.
# Needs root, buildah, podman, runc and debootstrap; without them it says so and ends well. Takes about two minutes, on a
# machine without a registry of images too: the base is then made from the distribution's own packages.
set -euo pipefail
cd "$(dirname "$0")/../.."

for tool in buildah podman runc debootstrap curl; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: needs root"; exit 0; }

work=${FOOTNOTE_CONTAINER_WORK:-$(mktemp -d /var/tmp/footnote-container.XXXXXX)}
mkdir -p "$work"
store=(--root "$work/store" --runroot "$work/run")
podman=(podman "${store[@]}" --runtime runc --cgroup-manager cgroupfs)
image=localhost/footnote:test
base=localhost/footnote-base:test
emulator=""

finish() {
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  "${podman[@]}" rm --all --force --time 0 >/dev/null 2>&1 || true
  if [ -z "${FOOTNOTE_CONTAINER_WORK:-}" ]; then
    umount "$work/store/overlay" 2>/dev/null || true
    rm -rf "$work"
  fi
}
trap finish EXIT

say() { printf '\n== %s\n' "$*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }

make_base() {
  local mirror rootfs="$work/rootfs" container
  mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -1)
  mirror=${mirror:-$(awk '$1 == "deb" { print $2; exit }' /etc/apt/sources.list)}
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$rootfs" "$mirror" >"$work/debootstrap.log"
  rm -rf "$rootfs"/var/cache/apt/archives/*.deb "$rootfs"/var/lib/apt/lists/*
  ln -sf /usr/bin/python3 "$rootfs/usr/local/bin/python"
  ln -sf /usr/bin/python3 "$rootfs/usr/local/bin/python3"
  # What this machine trusts, the build must trust.
  cp /etc/ssl/certs/ca-certificates.crt "$rootfs/etc/ssl/certs/ca-certificates.crt"
  tar -C "$rootfs" --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' -cf "$work/base.tar" .
  container=$(buildah "${store[@]}" from scratch)
  buildah "${store[@]}" add -q "$container" "$work/base.tar" / >/dev/null
  buildah "${store[@]}" config --env PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt --env PIP_CERT=/etc/ssl/certs/ca-certificates.crt --cmd python3 "$container"
  buildah "${store[@]}" commit -q --rm "$container" "$base" >/dev/null
  rm -rf "$rootfs" "$work/base.tar"
}

build() {
  local mounts=() file
  for file in /root/.config/pip /etc/pip.conf; do
    [ ! -e "$file" ] || mounts+=(--volume "$file:$file:ro")
  done
  buildah "${store[@]}" bud --isolation chroot --pull-never --layers --format docker \
    "${mounts[@]}" --build-arg PYTHON_IMAGE="$base" --tag "$image" .
}

# The way of compose.yaml, with what this kind of machine needs in addition (no CAP_SYS_RESOURCE, no systemd).
run() {
  "${podman[@]}" run --network host --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --no-healthcheck \
    --read-only --tmpfs /tmp --cap-drop all --security-opt no-new-privileges "$@"
}

has() { grep -q -- "$2" <<<"$1" || fail "expected '$2' in: $1"; }

say "base"
buildah "${store[@]}" inspect --type image "$base" >/dev/null 2>&1 || make_base

say "build"
build >"$work/build.log" 2>&1 || { tail -40 "$work/build.log"; fail "the image cannot be built"; }
"${podman[@]}" images --format '{{.Repository}} {{.Size}}' | grep footnote

say "what the image says about itself"
facts=$("${podman[@]}" inspect --type image "$image" --format \
  '{{.User}} {{.Config.StopSignal}} {{.Config.Volumes}} {{.HealthCheck.Test}} {{.Config.Entrypoint}} {{.Config.Cmd}}')
echo "$facts"
for fact in 10001:10001 SIGTERM /data health run; do has "$facts" "$fact"; done

say "no pip, no write access to the program, bytecode is there"
# shellcheck disable=SC2016  # the shell inside expands it
run --rm --entrypoint sh "$image" -ec '
  if command -v pip || touch /app/x 2>/dev/null || test -w /app; then exit 1; fi
  test "$(id -u)" = 10001; test -d /app/bot/__pycache__; touch /data/x; rm /data/x'

say "ask"
answer=$(run --rm "$image" ask "How do I connect Slack?")
has "$answer" "api.slack.com"

say "settings that cannot be used: every problem, exit code 2"
code=0
problems=$(run --rm -e SLACK_APP_TOKEN=wrong -e LOG_FORMAT=nonsense "$image" 2>&1) || code=$?
echo "$problems"
[ "$code" = 2 ] || fail "exit code $code"
has "$problems" LOG_FORMAT
has "$problems" SLACK_BOT_TOKEN

say "run, against the emulators"
make setup >/dev/null
.venv/bin/python -m tests.emulators >"$work/env" 2>"$work/emulators.log" &
emulator=$!
for _ in $(seq 100); do grep -q "stops them all" "$work/env" && break; sleep 0.1; done
grep -q "stops them all" "$work/env" || { cat "$work/emulators.log"; fail "the emulators do not start"; }
port=$(( 20000 + RANDOM % 20000 ))
run --detach --name footnote --env-file "$work/env" -e HTTP_HOST=127.0.0.1 -e HTTP_PORT=$port "$image" >/dev/null
for _ in $(seq 100); do
  curl -fsS --noproxy '*' "http://127.0.0.1:$port/readyz" 2>/dev/null && break; sleep 0.1
done
curl -fsS --noproxy '*' "http://127.0.0.1:$port/readyz" >/dev/null || { "${podman[@]}" logs footnote; fail "not ready"; }
"${podman[@]}" exec footnote python -m bot health || fail "the health check fails"
"${podman[@]}" exec footnote sh -c 'test -s /data/footnote.db' || fail "no database in the volume"

say "stop"
began=$(date +%s%N)
"${podman[@]}" stop --time 10 footnote >/dev/null
took=$(( ($(date +%s%N) - began) / 1000000 ))
code=$("${podman[@]}" inspect footnote --format '{{.State.ExitCode}}')
"${podman[@]}" logs footnote 2>&1 | tail -20
[ "$code" = 0 ] || fail "exit code $code after SIGTERM"
[ "$took" -lt 5000 ] || fail "the stop took $took ms"
echo "stopped in $took ms with exit code 0"
