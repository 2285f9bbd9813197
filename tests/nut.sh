#!/bin/bash
# The simulator judged by somebody else: the driver socomec_jbus of Network UPS Tools (Debian package nut-modbus) reads it over a pty
# at 9600 baud, and what the driver prints has to agree with what the simulator was told to show.
#
# The driver (2.8.0) has mistakes of its own, which stand in the expectations below: T00-T03 are nominal values and come out as the
# live input and output, currents are not divided by 10, the battery current is unsigned, on line and on battery are deduced from
# the backup time.
#
#   nut.sh UPS-SIM
set -u
sim=$1
driver=${NUT_DRIVER:-/lib/nut/socomec_jbus}
if [ ! -x "$driver" ]; then
	echo "FAIL: $driver is not there; install nut-modbus" >&2
	exit 1
fi
work=$(mktemp -d) || exit 1
failures=0
sim_pid=
stop_sim() {
	[ -n "$sim_pid" ] || return 0
	kill "$sim_pid" 2>/dev/null
	wait "$sim_pid"
	local status=$?
	sim_pid=
	exec 3>&-
	if [ $status != 0 ] || [ -e "$work/tty" ] || [ -L "$work/tty" ]; then
		echo "FAIL: the simulator ended with $status, or left its link behind" >&2
		failures=$((failures + 1))
	fi
}
trap 'stop_sim; rm -rf "$work"' EXIT

fail() {
	echo "FAIL: $name: $*" >&2
	failures=$((failures + 1))
}

# Waits until the simulator has printed that many lines.
wait_lines() {
	for _ in $(seq 200); do
		[ "$(wc -l <"$work/out")" -ge "$1" ] && return 0
		sleep 0.05
	done
	fail "the simulator does not answer"
	return 1
}

start_sim() {
	name=$1
	shift
	rm -f "$work/in"
	mkfifo "$work/in"
	: >"$work/out"
	"$sim" --pty "$work/tty" --baud 9600 "$@" <"$work/in" >"$work/out" 2>&1 &
	sim_pid=$!
	exec 3>"$work/in"
	lines=1
	wait_lines 1
}

tell() {
	echo "$1" >&3
	lines=$((lines + 1))
	wait_lines $lines || return
	case $(sed -n "${lines}p" "$work/out") in
	ok*) ;;
	*) fail "$1: $(sed -n "${lines}p" "$work/out")" ;;
	esac
}

read_with_nut() {
	local user=()
	[ "$(id -u)" = 0 ] && user=(-u root)
	NUT_STATEPATH=$work timeout 60 "$driver" -s ups -x "port=$work/tty" "${user[@]}" -DD -d 1 >"$work/nut" 2>&1 ||
		fail "the driver ended with $?: $(tail -n 3 "$work/nut")"
}

# expect KEY VALUE: the driver prints exactly that.  VALUE "-": it does not print the key.
expect() {
	local got
	got=$(sed -n "s/^$1: //p" "$work/nut")
	got=${got%"${got##*[! ]}"}
	[ -n "$got" ] || got=-
	[ "$got" = "$2" ] || fail "$1 should be '$2', is '$got'"
	checks=$((checks + 1))
}

# says TEXT / silent TEXT: a status or alarm bit that the driver names in its debug lines.
says() {
	grep -q "\] $1 *$" "$work/nut" || fail "the driver does not see '$1'"
	checks=$((checks + 1))
}
silent() {
	grep -q "\] $1 *$" "$work/nut" && fail "the driver sees '$1'"
	checks=$((checks + 1))
}
alarm() {
	grep -q "^ups.alarm: .*$1" "$work/nut" || fail "ups.alarm lacks '$1': $(grep ^ups.alarm: "$work/nut")"
	checks=$((checks + 1))
}
checks=0

# ---- DELPHYS MP, three-phase, normal ----
start_sim "DELPHYS MP on mains" --family delphys-mp --serial D5X1234567 --kva 120
for order in "set BATTERY_% 87" "set BATTERY_Ah 36" "set BATTERY_V+ 268.5" "set BATTERY_I+ 3.2" "set UNIT_TMP 24" \
	"set UNIT_OUTPUT_V1 229" "set UNIT_OUTPUT_V2 230" "set UNIT_OUTPUT_V3 231" "set UNIT_OUTPUT_I1 17.4" "set UNIT_OUTPUT_I2 18" \
	"set UNIT_OUTPUT_I3 19.1" "set UNIT_OUTPUT_fr 50" "set BYPASS_Fr 49" "set BYPASS_V1 226" "set BYPASS_V2 227" "set BYPASS_V3 228" \
	"set UNIT_OUTPUT_Lr 41" "set UNIT_OUTPUT_Lr1 39" "set UNIT_OUTPUT_Lr2 40" "set UNIT_OUTPUT_Lr3 44"; do
	tell "$order"
done
day=$(date +%Y/%m/%d)
read_with_nut
[ "$day" = "$(date +%Y/%m/%d)" ] && expect ups.date "$day"
expect device.model "DELPHYS MX"
expect device.serial D5X1234567
expect ups.power 120000
expect input.phases 3
expect battery.charge 87
expect battery.capacity 36
expect battery.voltage 268.50
expect battery.current 3.20
expect ambient.1.temperature 24
expect output.L1-N.voltage 229
expect output.L2-N.voltage 230
expect output.L3-N.voltage 231
expect output.L1.current 174        # A x10
expect output.L2.current 180
expect output.L3.current 191
expect input.bypass.L1-N.voltage 226
expect input.bypass.L2-N.voltage 227
expect input.bypass.L3-N.voltage 228
expect input.bypass.frequency 49
expect ups.load 41
expect ups.L1.load 39
expect ups.L2.load 40
expect ups.L3.load 44
expect input.voltage 230            # nominal
expect battery.runtime 65535        # on mains there is none
expect ups.status OL
expect ups.alarm -
says "Inverter ON"
says "Load protected by inverter"
says "Bypass input supply present"
silent "Load on battery"
silent "General Alarm"

# ---- the same, the mains are gone ----
name="DELPHYS MP on battery"
tell "release all"
tell "mains lost"
tell "charge 90"
tell "load 25"
tell "set BATTERY_I+ -55.5"
tell "set BATTERY_Min 42"
read_with_nut
expect battery.runtime 42
expect battery.current 6498.10      # -55.5 A taken for unsigned
expect ups.status "ALARM OB"
says "Load on battery"
says "General Alarm"
alarm "General Alarm present."

# ---- low, and a handful of alarms ----
name="DELPHYS MP with alarms"
tell "charge 10"
tell "set BATTERY_Min 4"
tell "alarm UnitAlarms \"OVERLOAD\" on"
tell "alarm UnitAlarms \"TEMPERATURE\" on"
tell "alarm UnitAlarms \"REC. CRITICAL\" on"
tell "alarm UnitAlarms \"INV. CRITICAL\" on"
read_with_nut
expect battery.charge 10
expect ups.status "ALARM LB"
says "Battery near end of backup time"
alarm "Overload fault."
alarm "Over temperature fault."
alarm "Critical Rectifier fault."
alarm "Critical Inverter fault."

name="DELPHYS MP with other alarms"
tell "release all"
tell "mains ok"
tell "alarm UnitAlarms \"BATTERY ALARM\" on"
tell "alarm UnitAlarms \"MAINTENANCE AL.\" on"
tell "alarm UnitAlarms \"BAT. DISCONNECTED\" on"
tell "alarm UnitAlarms \"BYP. CRITICAL\" on"
read_with_nut
alarm "Battery failure."
alarm "Servicing alarm."
alarm "Battery circuit open."
alarm "Bypass critical alarm."
silent "UPS overload"

name="DELPHYS MP on bypass"
tell "release all"
tell "mode bypass"
read_with_nut
says "Load on automatic bypass"
silent "Load protected by inverter"
silent "Inverter ON"
stop_sim

# ---- MASTERYS, single-phase ----
start_sim "MASTERYS single-phase" --family masterys --phases 1 --model 130 --kva 15
tell "set UNIT_OUTPUT_V1 231"
tell "set BYPASS_V1 228"
tell "set UNIT_OUTPUT_Lr1 33"         # the driver takes the load of a single-phase UPS from M00
tell "set BATTERY_TMP 21"
tell "set BATTERY_% 64"
read_with_nut
expect device.model DIGYS
expect ups.power 15000
expect input.phases 1
expect output.voltage 231
expect input.bypass.voltage 228
expect output.L2-N.voltage -
expect ups.load 33
expect battery.charge 64
expect ambient.1.temperature 21
expect ups.status OL
stop_sim

# ---- a UPS that refuses the status table, as DIGYS does: the driver reports it and goes on ----
start_sim "MASTERYS without status" --family masterys --refuse S
read_with_nut
grep -q "Illegal data address" "$work/nut" || fail "no exception for the table that is refused"
expect battery.charge 100
expect ups.status OL
stop_sim

name=nut
[ $checks -ge 60 ] || fail "only $checks checks ran"
echo "$checks checks, $failures failures"
[ $failures = 0 ]
