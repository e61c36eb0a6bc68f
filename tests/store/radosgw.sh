#!/usr/bin/env bash
# A real S3 server for tests, everything in memory: radosgw.sh start FOLDER PORT | stop FOLDER
# Prints nothing and ends when it answers. Access key "sealhall-test", secret key "not-a-secret-at-all".
set -euo pipefail
action=$1 folder=$2

stop() {
  local pid
  for pid in "$folder"/run/*.pid; do
    [ -s "$pid" ] && kill "$(cat "$pid")" 2>/dev/null || true
  done
  for pid in "$folder"/run/*.pid; do
    [ -s "$pid" ] || continue
    for _ in $(seq 50); do kill -0 "$(cat "$pid")" 2>/dev/null && sleep 0.1 || break; done
    kill -9 "$(cat "$pid")" 2>/dev/null || true
  done
  rm -rf "$folder"
}
[ "$action" = stop ] && { stop; exit 0; }

port=$3 monitor=$((port + 1))
for program in ceph-mon ceph-osd radosgw ceph radosgw-admin; do
  command -v "$program" >/dev/null || { echo "radosgw.sh: $program is not installed" >&2; exit 3; }
done
mkdir -p "$folder"/{mon,osd,rgw,run}
chmod 700 "$folder"
fsid=$(cat /proc/sys/kernel/random/uuid) osd=$(cat /proc/sys/kernel/random/uuid)
# Keys for everybody: without them the gateway waits for ever. tcp_nodelay: a small answer takes 44 ms otherwise.
cat >"$folder/ceph.conf" <<TEXT
[global]
fsid = $fsid
mon host = v1:127.0.0.1:$monitor
mon initial members = a
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $folder/keyring
run dir = $folder/run
admin socket = $folder/run/\$name.asok
pid file = $folder/run/\$name.pid
log file = $folder/\$name.log
log to stderr = false
ms bind msgr2 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
[mon.a]
mon data = $folder/mon
[osd.0]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 1073741824
[client.rgw]
rgw data = $folder/rgw
keyring = $folder/rgw/keyring
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw thread pool size = 32
rgw run sync thread = false
TEXT
export CEPH_CONF=$folder/ceph.conf
exec 3>&2  # what fails below fails with its words going into a file
trap 'tail -n 20 "$folder"/*.log >&3 || true; stop' ERR
user=(--setuser "$(id -un)" --setgroup "$(id -gn)")
{
  ceph-authtool --create-keyring "$folder/keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$folder/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool "$folder/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  ceph-authtool --create-keyring "$folder/rgw/keyring" --gen-key -n client.rgw --cap mon 'allow rwx' --cap osd 'allow rwx'
  ceph-authtool "$folder/keyring" --import-keyring "$folder/rgw/keyring"
  monmaptool --create --fsid "$fsid" --addv a "[v1:127.0.0.1:$monitor]" "$folder/monmap"
  ceph-mon --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring" "${user[@]}"
  ceph-mon -i a "${user[@]}"
  timeout 60 ceph osd new "$osd" 0
  ceph-osd -i 0 --mkfs --osd-uuid "$osd" "${user[@]}"
  ceph-osd -i 0 "${user[@]}"
  radosgw -n client.rgw "${user[@]}"
} >"$folder/start.log" 2>&1 </dev/null
for _ in $(seq 300); do
  curl -sf -m 2 -o "$folder/answer" "http://127.0.0.1:$port/" && break
  sleep 0.2
done
[ -s "$folder/answer" ] || { tail -n 20 "$folder"/start.log "$folder"/client.rgw.log >&2; stop; exit 1; }
timeout 60 radosgw-admin user create --uid=sealhall --display-name=Sealhall --access-key=sealhall-test \
  --secret-key=not-a-secret-at-all >>"$folder/start.log" 2>&1
