// A test file is a list of named steps that run in order; each is one TAP line.  A step fails by throwing.
'use strict';

const steps = [];
const atEnd = [];

function step(name, fn) {
	steps.push({ name, fn });
}

// Registers what must happen after the last step, whatever happened before.  Last registered runs first.
function finallyDo(fn) {
	atEnd.unshift(fn);
}

class Skip extends Error {}

function skip(reason) {
	throw new Skip(reason);
}

function note(text) {
	for (const line of String(text).split('\n'))
		console.log(`# ${line}`);
}

// Runs them.  A failed step does not stop the later ones, except one registered with must(): nothing after it makes sense.
async function run() {
	let failed = 0;
	let dead = null;
	console.log(`1..${steps.length + 1}`);
	for (const [i, { name, fn, essential }] of steps.entries()) {
		if (dead) {
			console.log(`not ok ${i + 1} - ${name}: not tried, "${dead}" failed`);
			failed++;
			continue;
		}
		try {
			const remark = await fn();
			console.log(`ok ${i + 1} - ${name}${remark ? `: ${remark}` : ''}`);
		} catch (e) {
			if (e instanceof Skip) {
				console.log(`ok ${i + 1} - ${name} # SKIP ${e.message}`);
				continue;
			}
			failed++;
			console.log(`not ok ${i + 1} - ${name}`);
			note(e && e.stack ? e.stack : e);
			if (essential)
				dead = name;
		}
	}
	let ending = 'ok';
	for (const fn of atEnd) {
		try {
			await fn();
		} catch (e) {
			ending = 'not ok';
			failed++;
			note(e && e.stack ? e.stack : e);
		}
	}
	console.log(`${ending} ${steps.length + 1} - everything that was started has ended well`);
	process.exit(failed ? 1 : 0);
}

function must(name, fn) {
	steps.push({ name, fn, essential: true });
}

process.on('unhandledRejection', (e) => {
	console.log(`Bail out! ${e && e.stack ? e.stack.replace(/\n/g, ' | ') : e}`);
	process.exit(1);
});

module.exports = { step, must, skip, note, finallyDo, run };
