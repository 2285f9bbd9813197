#!/usr/bin/env python3
"""bacnet-ups as a person uses it: command line, exit status, exports, manual pages; and against a running gateway.

    cli.py BACNET-UPS BACNET-UPSD UPS-SIM SOURCE-ROOT

The gateway listens on 127.0.0.1 on ports that were free a moment ago and reads a simulated UPS over Modbus TCP.  TAP on standard output.
"""
import contextlib, json, os, pathlib, re, signal, socket, subprocess, sys, tempfile, time

TOOL, DAEMON, SIM, ROOT = sys.argv[1:5]
ROOT = pathlib.Path(ROOT)
POINTS = sorted(int(n) for n in re.findall(r'^POINT\( *(\d+)', (ROOT / 'src/ups/points.def').read_text(), re.M))
WAIT = 60          # seconds for what takes far less, on a machine that is busy
tests = []
OBJECTS = len(POINTS) + len(re.findall(r'^(?:STATES|BITS)\(', (ROOT / 'src/ups/states.def').read_text() + (ROOT / 'src/ups/bits.def').read_text(), re.M))
EXTRA = 2 + 5              # Device and Network Port, five Notification Classes


def test(fn):
    tests.append(fn)
    return fn


def run(*args, status=0, timeout=WAIT, env=None):
    p = subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True, timeout=timeout, env=env)
    assert p.returncode == status, f'{args}: status {p.returncode}, not {status}\n{p.stdout}{p.stderr}'
    return p


def rpc(path, method):
    """As docs/control.md tells a stranger to do it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(WAIT)
        s.connect(str(path))
        s.sendall(json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': method}).encode())
        s.shutdown(socket.SHUT_WR)
        return json.loads(b''.join(iter(lambda: s.recv(65536), b'')))['result']


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def until(what, fn):
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        got = fn()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError(f'{what}: not within {WAIT} s')


# ---- the command line ----

@test
def help_and_version(_):
    assert run('--version').stdout.startswith('bacnet-ups ')
    listed = re.findall(r'^  (\w+) ', run('--help').stdout, re.M)
    assert listed == ['status', 'objects', 'get', 'watch', 'health', 'subscriptions', 'alarms', 'wait', 'read', 'check', 'families',
                      'password', 'restart', 'export'], listed
    for command in listed:
        assert run(command, '--help').stdout.startswith(f'usage: bacnet-ups {command}')


@test
def wrong_command_lines_are_named(_):
    for args, complaint in [
        ([], 'which command?'), (['nothing'], 'there is no command nothing'), (['statu'], 'did you mean status'), (['status', '--format', 'xml'], '--format must be text|kv|csv|json'), (['status', 'x'], 'too many arguments'),
        (['status', '--port', '5'], 'it has no option --port'), (['read', '--port', '0', 'whois'], '--port must be 1 to 65535'),
        (['read', '--port', '1x', 'whois'], '--port must be'), (['export'], 'an argument is missing'), (['export', 'x'], 'there is no export x'),
        (['export', 'ede'], 'say where to with -o'), (['export', 'points', '--object-map', 'x'], 'must be one of socomec, standard'),
        (['read', '1.2.3.4', 'analog-value:1'], 'the property is missing'), (['read', '1.2.3.4', 'thing:1', 'units'], 'thing:1 is no object'),
        (['read', '1.2.3.4', 'analog-value', 'units'], 'is no object'), (['read', '1.2.3.4', 'device', 'unit'], 'unit is no property'),
        (['read', '1.2.3.4', 'device', 'object-list[x]'], 'is no property'), (['read', '1.2.3.4', 'device', 'object-list[1'], 'is no property'),
        (['read', 'host', 'device', 'units'], 'neither ADDRESS'), (['read', '1.2.3.4:0', 'device', 'units'], 'neither ADDRESS[:PORT]'),
        (['read', 'whois', '5', '4'], 'LOW is above HIGH'), (['--nothing'], 'nothing'),
    ]:
        p = run(*args, status=2)
        assert complaint in p.stderr and not p.stdout, (args, p.stderr, p.stdout)


@test
def nobody_there(dir):
    p = run('status', '--control', dir / 'nothing', status=1)
    assert 'does not listen here' in p.stderr and 'Is bacnet-upsd running' in p.stderr and '--control PATH' in p.stderr, p.stderr
    assert run('health', '--control', dir / 'nothing', status=3).stdout.startswith('UNKNOWN: ')
    p = run('wait', '--control', dir / 'nothing', '--timeout', 300, status=124)
    assert 'not within 300 ms' in p.stderr, p.stderr
    assert 'is no condition' in run('wait', 'something', status=2).stderr
    port = free_port(socket.SOCK_DGRAM)
    p = run('read', f'127.0.0.1:{port}', 'device', 'object-name', '--timeout', 20, '--retries', 1, status=1)
    assert 'no answer' in p.stderr
    p = run('read', 'whois', '--address', '127.0.0.1', '--port', port, '--timeout', 20, status=1)
    assert 'no device has answered' in p.stderr
    p = run('read', 'whois', '--interface', 'nothing0', status=1)
    assert 'there is no interface of this name' in p.stderr


# ---- check, families, exports, manual pages ----

@test
def check_says_file_line_and_reason(dir):
    conf = dir / 'c.conf'
    conf.write_text('[bacnet]\naddress = 127.0.0.1\nport = 0\nfoo = 1\n')
    p = run('check', '--config', conf, '--state-dir', dir, status=78)
    assert p.stderr == f'{conf}:3: port must be 1 to 65535\n{conf}:4: unknown key: foo\n', p.stderr
    conf.write_text(f'[bacnet]\naddress = 127.0.0.1\nport = {free_port(socket.SOCK_DGRAM)}\n[control]\npath = {dir}/control\n'
                    '[ups]\nfamily = masterys\nlink = tcp:127.0.0.1\n')
    checks = json.loads(run('check', '--config', conf, '--state-dir', dir, '--json').stdout)['checks']
    assert [(c['check'], c['result']) for c in checks] == [
        ('configuration', 'ok'), ('map', 'ok'), ('line', 'note'), ('network', 'ok'), ('port', 'ok'), ('state', 'ok'),
        ('control socket', 'ok')], checks
    (dir / 'kept.json').write_text('{"format": 1, "options": {"bacnet": {"port": "0", "prot": "1"}}}')
    kept = [c['text'] for c in json.loads(run('check', '--config', conf, '--state-dir', dir, '--json').stdout)['checks'] if c['check'] == 'kept']
    assert kept == ['kept.json: [bacnet] port must be 1 to 65535', 'kept.json: [bacnet] prot: no such option in this version'], kept
    (dir / 'kept.json').write_text('{"format": 1')              # nobody could mend that with an editor
    assert re.search('^note +kept +kept.json: line 1: ', run('check', '--config', conf, '--state-dir', dir).stdout, re.M)
    assert (dir / 'kept.json').exists()
    (dir / 'kept.json').unlink()
    conf.write_text('[bacnet]\naddress = 127.0.0.1\n[ups]\nfamily = nothing\n')
    run('check', '--config', conf, '--state-dir', dir, status=78)


@test
def finding_5_3_check_says_what_this_machine_lacks(dir):
    """From a cable to a client: each thing that is missing is said before the gateway is started, with what mends it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(('127.0.0.1', 0))
        conf = dir / 'm.conf'
        conf.write_text(f'[bacnet]\naddress = 127.0.0.1\nport = {taken.getsockname()[1]}\n[control]\npath = {dir}/none/control\n'
                        f'[ups]\nlink = {dir}/ttyS0\n')
        p = run('check', '--config', conf, '--state-dir', dir / 'state', status=1)
    for said in [f'fault  line            {dir}/ttyS0 is not there', 'is taken by another program', f'{dir}/state is not there: sudo install -d',
                 f'{dir}/none, the directory of the control socket, is not there']:
        assert said in p.stdout, p.stdout
    (dir / 'ttyS0').touch()
    assert 'is no serial device' in run('check', '--config', conf, '--state-dir', dir, status=1).stdout
    conf.write_text('[bacnet]\ninterface = nothing0\n[ups]\nlink = tcp:127.0.0.1\n')
    assert 'there is no interface nothing0' in run('check', '--config', conf, '--state-dir', dir, status=1).stdout


@test
def check_takes_maps(dir):
    good = ROOT / 'families' / 'masterys.map'
    assert run('check', good).stdout == f'ok  map  {good}: masterys "SOCOMEC MASTERYS (JBUSP)"\n'
    bad = dir / 'bad.map'
    text = good.read_text().splitlines()
    line = next(i for i, l in enumerate(text) if l.startswith('point '))
    text[line] = 'point NOTHING M000 [M]'
    bad.write_text('\n'.join(text) + '\n')
    p = run('check', good, bad, status=78)
    assert p.stderr.startswith(f'{bad}:{line + 1}: '), p.stderr
    assert run('check', dir / 'missing.map', status=78).stderr.startswith(f'{dir}/missing.map: ')


@test
def families_are_listed(dir):
    ids = [f.stem for f in (ROOT / 'families').glob('*.map')]
    for f in json.loads(run('families', '--json').stdout)['families']:
        assert f['id'] in ids
        ids.remove(f['id'])
        one = json.loads(run('families', f['id'], '--json').stdout)
        # Every object is there, and what the summary counts is what the rows say.
        assert sorted({p['instance'] for p in one['points']}) == POINTS, f['id']
        assert len({(b['name'], b['bit']) for b in one['bits']}) == 16 + 23 + 31, f['id']
        served = [p for p in one['points'] if p['enabled'] and p['registers']]
        assert one['summary']['points']['served'] == len(served)
        assert sum(one['summary']['points'][m] for m in 'MFCSI') == len(served)
        text = run('families', f['id']).stdout
        assert all(not l.endswith(' ') for l in text.splitlines())
        assert re.search(r'^AV 70 +BATTERY_% ', text, re.M) and 'inferred' in text
    assert not ids, ids
    assert run('families', 'nothing', status=78).stderr


def compare(got, kept):
    a, b = got.read_bytes(), kept.read_bytes()
    if a != b:
        diff = subprocess.run(['diff', '-u', kept, got], capture_output=True, text=True).stdout
        raise AssertionError(f'{kept} is not what bacnet-ups exports now.  When the change is meant: scripts/exports\n{diff[:3000]}')


@test
def exports_are_those_that_are_checked_in(dir):
    exports = ROOT / 'docs' / 'exports'
    seen = set()
    for kind, options, kept in [
        ('ede', ['--object-map', 'socomec'], exports / 'ede-socomec'), ('ede', ['--object-map', 'standard'], exports / 'ede-standard'),
        ('pics', [], exports), ('points', [], exports), ('conf', [], ROOT / 'docs'),
    ]:
        out = dir / f'{kind}{len(seen)}'
        run('export', kind, *options, '-o', out)
        for f in out.iterdir():
            compare(f, kept / f.name)
            seen.add(kept / f.name)
    left = {f for f in exports.rglob('*') if f.is_file()} - seen
    assert not left, f'nobody exports these any more: {left}'
    assert run('export', 'points').stdout == (exports / 'points.csv').read_text()


@test
def exports_follow_configuration_and_family(dir):
    conf = dir / 'e.conf'
    conf.write_text('[bacnet]\naddress = 127.0.0.1\ndevice_instance = 77\ndevice_name = North\nobject_map = standard\n')
    run('export', 'ede', '--config', conf, '--family', 'masterys', '-o', dir / 'ede')
    lines = (dir / 'ede' / 'bacnet-ups_EDE.csv').read_bytes().decode().split('\r\n')
    rows = [l.split(';') for l in lines[8:] if l]
    assert rows[0][:5] == ['77_North', '77', 'North', '8', '77'], rows[0]
    names = [r[2] for r in rows]
    assert 'BATTERY_%' in names and 'BATTERY_I-' not in names and 'UnitLoadStatus' in names
    assert len({r[0] for r in rows}) == len(rows)


def ede(dir):
    lines = (dir / 'bacnet-ups_EDE.csv').read_bytes().decode().split('\r\n')
    return {r[2]: r for r in (l.split(';') for l in lines[8:] if l)}


@test
def finding_5_7_exports_have_what_the_running_device_has(dir):
    with gateway(dir, 'object_map = standard\n') as (port, conf, sim):
        run('export', 'ede', '--running', '--config', conf, '-o', dir / 'ede')
        objects = json.loads(run('objects', '--json', '--config', conf).stdout)['objects']
        device = json.loads(run('status', '--json', '--config', conf).stdout)['ups'][0]['device']
        rows = ede(dir / 'ede')
        there = {o['name'] for o in objects if o['exposed']}
        managed = next(o['managed'] for o in objects if o['name'] == 'UnitAlarms')
        alarms = {name for name, row in rows.items() if row[3] == '5'}
        assert {rows[name][4] for name in alarms} == {str(200 + bit) for bit in range(31) if managed >> bit & 1} and len(alarms) > 20, alarms
        for name in alarms:
            assert run('read', f'127.0.0.1:{port}', f'binary-value:{rows[name][4]}', 'object-name').stdout == f'{name}\n'
        assert set(rows) - alarms == there | {device['name']}, set(rows) ^ there
        assert device['name'] != 'UPS' and rows[device['name']][3] == '8'
        # What the configuration alone says is the same.
        run('export', 'ede', '--config', conf, '-o', dir / 'by-conf')
        assert set(ede(dir / 'by-conf')) - {'UPS'} == there | alarms
        points = run('export', 'points', '--running', '--config', conf).stdout.splitlines()
        assert {l.split(',')[2] for l in points[1:]} == there
        assert 'profile-name (168) |' not in run('export', 'pics', '--running', '--config', conf).stdout
    with gateway(dir) as (port, conf, sim):
        run('export', 'ede', '--running', '--config', conf, '-o', dir / 'socomec')
        rows = ede(dir / 'socomec')
        assert len(rows) == 1 + OBJECTS and rows['UNIT_OUTPUT_kw'][15] == 'x10' and rows['BATTERY_%'][15] == '', rows['UNIT_OUTPUT_kw']
        assert rows['UNIT_OUTPUT_kVA'][15] == 'not managed by this family'
        assert 'profile-name (168) |' in run('export', 'pics', '--running', '--config', conf).stdout


@test
def every_option_is_in_the_manual(_):
    rows = re.findall(r'^OPTION\("(\w+)",\s*"(\w+)",\s*(\w+),\s*[^,]+,\s*"([^"]*)",\s*(-?\d+),\s*(-?\d+),\s*"(\w*)",\s*(\w+),\s*"([^"]*)"',
                      (ROOT / 'src/conf/options.def').read_text(), re.M)
    assert len(rows) == len(re.findall(r'^OPTION\(', (ROOT / 'src/conf/options.def').read_text(), re.M))
    sections = re.split(r'^\.Ss ', (ROOT / 'man/bacnet-ups.conf.5').read_text(), flags=re.M)
    pages = {re.match(r'\[([^\]]+)\]', s).group(1): s for s in sections[1:]}
    for section, key, kind, default, low, high, unit, apply, help in rows:
        item = re.search(rf'^\.It Ic {key} = .*\n((?:(?!\.It|\.El).*\n)*)', pages[section], re.M)
        assert item, f'[{section}] {key} is missing in bacnet-ups.conf.5'
        text = item.group(1)
        default = default.split('|')[0] if kind == 'CHOICE' else default
        for part in [help, f'default {default};' if default else 'no default;', f'{apply.lower()}.']:
            assert part in text, f'[{section}] {key}: "{part}" is not in bacnet-ups.conf.5:\n{text}'
        if kind == 'NUMBER':
            assert f'{low} to {high}' in text, f'[{section}] {key}: the range has changed'
    listed = sum(len(re.findall(r'^\.It Ic ', s, re.M)) for name, s in pages.items() if name != 'object ...')
    assert listed == len(rows), 'bacnet-ups.conf.5 has an option that there is not'


@test
def manual_pages_name_every_command_and_option(_):
    page = (ROOT / 'man/bacnet-ups.1').read_text()
    for command in re.findall(r'^  (\w+) ', run('--help').stdout, re.M):
        assert f'.Ss {command}\n' in page, command
        for option in re.findall(r'^  (?:-o, )?--([\w-]+)', run(command, '--help').stdout, re.M):
            assert '\\-' + option in page, option
    daemon = subprocess.run([DAEMON, '--help'], capture_output=True, text=True).stdout
    for option in re.findall(r'^  --([\w-]+)', daemon, re.M):
        assert f'.It Fl \\-{option}' in (ROOT / 'man/bacnet-upsd.8').read_text(), option


# ---- against a running gateway ----

def end(process):
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(WAIT)
    process.kill()
    process.wait()
    process.stdout.close()
    if process.stdin:
        process.stdin.close()


@contextlib.contextmanager
def gateway(dir, options='', sim_options=(), env=None):
    modbus, port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    conf = dir / 'gateway.conf'
    conf.write_text(f'[bacnet]\naddress = 127.0.0.1\nport = {port}\nstartup_delay = 0\n{options}'
                    f'[control]\npath = {dir}/control\n[ups]\nfamily = masterys\nlink = tcp:127.0.0.1:{modbus}\n')
    sim = subprocess.Popen([SIM, '--tcp', f'127.0.0.1:{modbus}', '--family', 'masterys', *sim_options], stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    daemon = subprocess.Popen([DAEMON, '--config', conf, '--state-dir', dir], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={**os.environ, **(env or {})})
    try:
        until('the gateway serves its UPS', lambda: daemon.poll() is None and '"complete": true' in subprocess.run(
            [TOOL, 'status', '--json', '--control', dir / 'control'], capture_output=True, text=True).stdout)
        yield port, conf, sim
    finally:
        end(daemon)
        end(sim)


@test
def status_and_objects(dir):
    with gateway(dir) as (port, conf, sim):
        sim.stdin.write('set BATTERY_% 42\n')
        sim.stdin.flush()
        until('the value is there', lambda: '42 %' in run('objects', 'BATTERY_%', '--config', conf).stdout)
        text = run('status', '--config', conf).stdout
        assert f'127.0.0.1:{port}' in text and re.search(r'^BATTERY_% +42 %$', text, re.M), text
        assert re.search(r'^DeviceStatus +Running$', text, re.M), text
        status = json.loads(run('status', '--json', '--config', conf).stdout)
        assert status['ups'][0]['link']['state'] == 'up' and status['network']['port'] == port
        lines = run('objects', '--all', '--config', conf).stdout.splitlines()
        assert len(lines) == 1 + OBJECTS and not any('\033' in l or l.endswith(' ') for l in lines)
        some = json.loads(run('objects', '--json', '--config', conf, 'BATTERY_*').stdout)['objects']
        assert len(some) == 9 and all(o['name'].startswith('BATTERY_') for o in some)
        assert 'there is no object nothing; the nearest names are ' in run('objects', '--config', conf, 'nothing', status=1).stderr
        assert run('objects', '--config', conf, '--ups', 'nobody', status=1).stderr
        with open('/dev/full', 'w') as full:
            p = subprocess.run([TOOL, 'objects', '--config', conf], stdout=full, stderr=subprocess.PIPE, text=True)
            assert p.returncode == 1 and 'cannot write' in p.stderr, p


@test
def a_service_manager_and_the_leds_are_told(dir):
    """READY when the control socket answers, words that follow, a watchdog that is fed; LEDs in a directory that stands in for sysfs."""
    leds = dir / 'leds'
    for name in ['p', 'l', 'r', 't']:
        (leds / name).mkdir(parents=True)
        (leds / name / 'brightness').write_text('')
        (leds / name / 'max_brightness').write_text('9\n')
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(dir / 'notify'))
    manager.settimeout(WAIT)
    heard = []

    def hears(what):
        end = time.monotonic() + WAIT
        while not any(re.fullmatch(what, text) for text in heard):
            assert time.monotonic() < end, f'{what} is not among {heard}'
            heard.append(manager.recv(1000).decode())
        return heard

    lit = lambda name: (leds / name / 'brightness').read_text()[:1]
    options = f'[led]\ndirectory = {leds}\npower = p\nlink = l\nrx = r\ntx = t\n'
    with gateway(dir, options, env={'NOTIFY_SOCKET': str(dir / 'notify'), 'WATCHDOG_USEC': '300000'}) as (port, conf, sim):
        hears(rf'STATUS=BACnet device 1338 at 127.0.0.1:{port}; link to the UPS: up')
        assert hears('WATCHDOG=1') and heard.index('READY=1') < heard.index('WATCHDOG=1'), heard
        until('Power and Link are lit', lambda: (lit('p'), lit('l')) == ('9', '9'))
        for name in ['r', 't']:
            until(f'{name} is lit', lambda: lit(name) == '9')
            until(f'{name} is dark', lambda: lit(name) == '0')
        assert re.search('^LEDs +power on, link on, rx flashing, tx flashing$', run('status', '--config', conf).stdout, re.M)
        sim.send_signal(signal.SIGKILL)
        hears('STATUS=.*; link to the UPS: lost')
        until('the status says it', lambda: 'rx one flash every 2 s' in run('status', '--config', conf).stdout)
        heard.clear()
        run('restart', '--config', conf)
        hears('STOPPING=1')
        hears('READY=1')
        hears('WATCHDOG=1')
        shown = run('read', f'127.0.0.1:{port}', 'device', 'last-restart-reason').stdout
        assert shown == '2\n', shown                  # WARMSTART
        run('restart', '--cold', '--config', conf)
        shown = run('read', f'127.0.0.1:{port}', 'device', 'last-restart-reason').stdout
        assert shown == '1\n', shown                  # COLDSTART
    assert lit('p') == '0' and lit('l') == '0'
    manager.close()


@test
def finding_5_6_for_scripts(dir):
    with gateway(dir) as (port, conf, sim):
        def tool(*args, **more):
            return run(*args, '--config', conf, **more)
        tool('wait', '--timeout', WAIT * 1000)
        tool('wait', 'link', 'AV 70=100', 'UnitLoadStatus=on inverter', 'UnitAlarms=none', '--timeout', WAIT * 1000)
        assert tool('get', 'BATTERY_%').stdout == '100\n'
        for name in ['AV 70', 'AV70', 'av:70', 'analog-value:70', 'battery_%']:
            assert tool('get', name).stdout == '100\n', name
        assert tool('get', 'AV', '70', 'UnitLoadStatus').stdout == '100\nON INVERTER\n'
        assert tool('get', '--format', 'kv', 'BATTERY_%', 'UnitLoadStatus').stdout == 'BATTERY_%=100\nUnitLoadStatus=ON INVERTER\n'
        assert tool('get', '--format', 'csv', 'BATTERY_%').stdout == 'name,value\nBATTERY_%,100\n'
        assert json.loads(tool('get', '--json', 'BATTERY_%').stdout) == {'BATTERY_%': 100}
        assert 'UnitLoadStatus=ON INVERTER\n' in tool('get').stdout
        p = tool('get', 'UPS_OUTPUT_Lr', status=3)
        assert p.stdout == '' and 'UPS_OUTPUT_Lr is not managed' in p.stderr, p
        assert re.search(r'^ups\.0\.link\.state=up$', tool('status', '--format', 'kv').stdout, re.M)
        csv = tool('objects', '--format', 'csv').stdout.splitlines()
        assert len(csv) == 1 + OBJECTS and csv[0].startswith('ups,type,instance,name,'), csv[0]
        health = tool('health').stdout
        assert health.startswith("OK: ON INVERTER, NO ALARM | ") and "'BATTERY_%'=100%" in health and health.count('\n') == 1, health
        for wrong in ['watch', 'get', 'objects']:
            p = tool(wrong, 'BATERY_%', status=1, timeout=10)
            assert 'the nearest names are BATTERY_%' in p.stderr, p.stderr
        assert 'not within 50 ms' in tool('wait', 'BATTERY_%<5', '--timeout', 50, status=124).stderr
        # The way a person looks: no "not managed" unless it is asked for.
        assert 'not managed' not in tool('objects').stdout and 'not managed' in tool('objects', '-a').stdout


@test
def finding_1_5_a_lost_ups_is_said_wherever_a_person_looks(dir):
    with gateway(dir) as (port, conf, sim):
        watch = subprocess.Popen([TOOL, 'watch', '--config', conf], stdout=subprocess.PIPE, text=True)
        try:
            while 'UnitAlarms' not in watch.stdout.readline():
                pass
            sim.send_signal(signal.SIGKILL)
            lines = [watch.stdout.readline()]
            while 'DeviceStatus' not in lines[-1]:
                lines.append(watch.stdout.readline())
            assert len(lines) == 2 and re.match(r'\d\d:\d\d:\d\d\.\d\d\d  \d+ values are stale', lines[0]), lines
        finally:
            watch.kill()
            watch.wait()
            watch.stdout.close()
        run('wait', '--config', conf, 'DeviceStatus=No com with UPS', '--timeout', WAIT * 1000)
        time.sleep(1.5)
        text = run('status', '--config', conf).stdout
        age = float(re.search(r'^Link +lost: .*last answer ([\d.]+) s ago$', text, re.M).group(1))
        assert age > 1.4 and ' baud' not in text, text
        for name in 'UnitLoadStatus', 'Alarms', 'BATTERY_%', 'UPS clock':
            assert re.search(rf'^{name} .*\(stale, [\d.]+ s old\)$', text, re.M), text
        assert 'values are stale' in run('objects', '--config', conf).stdout.splitlines()[0].replace('these ', '')
        p = run('get', 'BATTERY_%', '--config', conf, status=3)
        assert p.stdout == '100\n' and 'BATTERY_% is stale' in p.stderr, p
        assert run('health', '--config', conf, status=2).stdout.startswith('CRITICAL: the link to the UPS is lost: ')
        assert 'not within' in run('wait', 'link', '--config', conf, '--timeout', 50, status=124).stderr


@test
def watch_prints_changes(dir):
    with gateway(dir) as (port, conf, sim):
        watch = subprocess.Popen([TOOL, 'watch', '--config', conf, '--json', '--updates', '1', 'BATTERY_%'], stdout=subprocess.PIPE, text=True)
        try:
            first = json.loads(watch.stdout.readline())['changes']
            assert [o['name'] for o in first] == ['BATTERY_%']
            sim.stdin.write('set BATTERY_% 17\n')
            sim.stdin.flush()
            assert json.loads(watch.stdout.readline())['changes'][0]['text'] == '17 %'
            assert watch.wait(WAIT) == 0 and not watch.stdout.read()
        finally:
            watch.kill()
            watch.wait()
            watch.stdout.close()


@test
def alarms_are_followed(dir):
    with gateway(dir) as (port, conf, sim):
        watch = subprocess.Popen([TOOL, 'alarms', '--watch', '--config', conf, '--json', '--updates', '2'], stdout=subprocess.PIPE, text=True)
        try:
            counters = lambda: rpc(dir / 'control', 'counters')['control']['watchers']
            until('it follows', lambda: counters() == 1)
            sim.stdin.write('alarm UnitAlarms OVERLOAD on\n')
            sim.stdin.flush()
            out, _ = watch.communicate(timeout=WAIT)
        finally:
            watch.kill()
            watch.wait()
        events = {e['name']: e for e in (json.loads(line)['events'][0] for line in out.splitlines()[-2:])}
        event = events['UnitAlarms']
        assert set(events) == {'Alarms', 'UnitAlarms'} and (event['from'], event['to']) == ('normal', 'offnormal'), events
        assert 'overload' in event['text'], event
        assert watch.returncode == 0


@test
def read_speaks_bacnet(dir):
    with gateway(dir) as (port, conf, sim):
        at = f'127.0.0.1:{port}'
        who = json.loads(run('read', 'whois', '1338', '--address', '127.0.0.1', '--port', port, '--timeout', 300, '--json').stdout)
        assert [(d['instance'], d['address'], d['vendor_identifier']) for d in who['devices']] == [(1338, at, 591)]
        assert run('read', 1338, 'device', 'vendor-name', '--address', '127.0.0.1', '--port', port).stdout == 'SOCOMEC UPS\n'
        assert run('read', at, 'analog-value:70', 'units').stdout == 'percent\n'
        assert run('read', at, '2:70', '117').stdout == 'percent\n'
        for name in (['AV', '70'], ['AV70'], ['av:70']):            # 5.6: as it is printed
            assert run('read', at, *name, 'units').stdout == 'percent\n'
        assert run('read', at, 'device', 'object-list[0]').stdout == f'{OBJECTS + EXTRA}\n'
        listed = run('read', at, 'device', 'object-list').stdout.splitlines()
        assert listed[0] == 'device:1338' and 'analog-value:0' in listed and len(listed) == OBJECTS + EXTRA
        assert run('read', at, 'multi-state-value:2', 'state-text[2]').stdout == 'ON BATTERY\n'
        assert 'unknown-object' in run('read', at, 'analog-value:700', 'units', status=3).stderr
        assert 'unknown-property' in run('read', at, 'analog-value:70', 'state-text', status=3).stderr
        assert 'invalid-array-index' in run('read', at, 'device', 'object-list[999]', status=3).stderr
        text = run('read', at, 'bitstring-value:2', 'all').stdout
        assert re.search(r'^bit-text +{IMMINENT STOP, OVERLOAD, ', text, re.M) and re.search(r'^status-flags +{}$', text, re.M), text
        assert run('read', at, 'device', 'required', '--json').stdout != run('read', at, 'device', 'optional', '--json').stdout


@test
def changes_are_followed_over_bacnet(dir):
    """By either service, confirmed or not; Ctrl-C cancels what was subscribed to."""
    with gateway(dir) as (port, conf, sim):
        subscriptions = lambda: rpc(dir / 'control', 'subscriptions')['subscriptions']
        for value, options, what in [(41, [], ['AV', '70']), (42, ['--confirmed', '--lifetime', '2'], ['AV', '70', 'present-value'])]:
            p = subprocess.Popen([TOOL, 'read', '--cov', '--json', *options, '--port', str(port), '127.0.0.1', *what], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
            try:
                until('somebody has subscribed', lambda: len(subscriptions()) == 1)
                first = json.loads(p.stdout.readline())
                assert first['object'] == 'analog-value:70' and first['device'] == f'127.0.0.1:{port}', first
                sim.stdin.write(f'set BATTERY_% {value}\n')
                sim.stdin.flush()
                changed = json.loads(p.stdout.readline())
                assert changed['values']['present-value'] == value, changed
                if '--lifetime' in options:
                    time.sleep(3)                   # longer than the lifetime: it is renewed
                    assert len(subscriptions()) == 1 and subscriptions()[0]['confirmed'], subscriptions()
                p.send_signal(signal.SIGINT)
                assert p.wait(WAIT) == 130, p.stderr.read()
            finally:
                p.kill()
                p.wait()
                p.stdout.close()
                p.stderr.close()
            assert subscriptions() == [], subscriptions()
        refused = run('read', '--cov', '--port', port, '127.0.0.1', 'device', status=3).stderr
        assert 'the subscription is refused: error' in refused, refused


def static(objects):
    """What does not move while the test looks at it."""
    moving = {'local-time', 'local-date', 'event-time-stamps', 'event-message-texts', 'acked-transitions', 'time-of-device-restart',
               'present-value', 'database-revision', 'max-apdu-length-accepted', 'apdu-length'}
    return {o['object']: [p for p in o['properties'] if p['property'] not in moving] for o in objects}


@test
def segments_carry_the_same(dir):
    got, segments = [], []
    for length in 1476, 50:
        (dir / str(length)).mkdir()
        with gateway(dir / str(length), f'apdu_length = {length}\n') as (port, conf, sim):
            out = json.loads(run('read', f'127.0.0.1:{port}', 'all', 'all', '--json').stdout)
            segments.append(rpc(dir / str(length) / 'control', 'counters')['ups'][0]['bacnet']['segments_sent'])
            objects = static(out['objects'])
            for p in objects['network-port:1']:
                if p['property'] in ('bacnet-ip-udp-port', 'mac-address'):
                    p['values'] = None
            got.append(objects)
    assert len(got[0]) == OBJECTS + EXTRA and all('error' not in p for ps in got[0].values() for p in ps)
    assert got[0] == got[1]
    assert segments[0] == 0 and segments[1] > 100, segments


def main():
    failed = 0
    print(f'1..{len(tests)}')
    for n, fn in enumerate(tests, 1):
        with tempfile.TemporaryDirectory(prefix='bacnet-ups-cli-') as d:
            try:
                fn(pathlib.Path(d))
                print(f'ok {n} - {fn.__name__}')
            except Exception as e:
                failed += 1
                print(f'not ok {n} - {fn.__name__}')
                for line in f'{type(e).__name__}: {e}'.splitlines():
                    print(f'# {line}')
        sys.stdout.flush()
    return 1 if failed else 0


sys.exit(main())
