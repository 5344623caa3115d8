#!/usr/bin/python3
# report.py - wasm instructions of every form, and docs/insns.md.
#   report.py cost DIR FILE    compiles DIR/cost.S and writes FILE: a line for each mnemonic and form, with what registers and memory cost
#   report.py check DIR FILE   the same, but compares: forms that grew by more than a quarter and more than eight instructions fail
#   report.py docs DIR FILE PROVEN    docs/insns.md on stdout; DIR/cases.txt has the cases run, FILE the costs, PROVEN what the long runs of
#                                     make fuzz have compared so far
import re, subprocess, sys
from collections import defaultdict

what, dir, file = sys.argv[1:4]

def lines(name):
    with open(f'{dir}/{name}') as f:
        return [l.rstrip('\n') for l in f]

# wasm instructions by function: every parenthesis of the text form that is none of the heads
def count():
    subprocess.run(['gcc', '-nostdlib', '-static', '-o', f'{dir}/cost', f'{dir}/cost.S'], check=True)
    subprocess.run(['build/elfport', 'compile', '--cpu', 'v3', '--no-summaries', '-o', f'{dir}/wasm', f'{dir}/cost'], check=True, stdout=subprocess.DEVNULL)
    text = subprocess.run(['wasm-dis', '--all-features', f'{dir}/wasm/code.wasm'], check=True, stdout=subprocess.PIPE).stdout.decode()
    n, name = {}, None
    for l in text.split('\n'):
        m = re.match(r' \(func \$?(\S+)', l)
        if m:
            name = m[1]
            n[name] = 0
        elif re.match(r' \(', l):
            name = None
        elif name and not re.match(r' *\((local|param|result|type) ', l):
            n[name] += l.count('(') - len(re.findall(r'\((?:result|param|type) ', l))
    return n

def costs():
    n = count()
    nothing = n['nothing']
    forms = defaultdict(list)
    for l in lines('cost.list'):
        index, mnemonic, form, size, kind = l.split()
        name = f'cost{index}'
        if name in n:
            forms[f'{mnemonic} {form}'].append((f'{size if size != "0" else ""}{kind}', n[name] - nothing))
    return {k: ' '.join(f'{a} {b}' for a, b in v) for k, v in forms.items()}

def table(path):
    with open(path) as f:
        return {l.split(': ')[0]: l.rstrip('\n').split(': ')[1] for l in f if ': ' in l and l[0] != '#'}

def pairs(s):
    w = s.split()
    return list(zip(w[::2], map(int, w[1::2])))

def write_cost():
    with open(file, 'w') as f:
        f.write('# wasm instructions of one instruction alone in a function behind which every register and flag is wanted, by form: sizes in bytes, reg without and mem with a memory operand; made by `make cost`\n')
        for k, v in sorted(costs().items()):
            f.write(f'{k}: {v}\n')

def check():
    old, new, bad, changed, ok = table(file), costs(), 0, 0, 0
    for k, v in sorted(new.items()):
        before = pairs(old.get(k, ''))
        for i, (kind, n) in enumerate(pairs(v)):
            ok += 1
            if i >= len(before) or before[i] == (kind, n):
                continue
            was = before[i][1]
            changed += 1
            if n > was * 1.25 and n > was + 8:
                print(f'FAIL cost of {k} {kind}: {n} wasm instructions, {was} in {file}')
                bad += 1
    print(f'cost: {changed} forms changed' + (' (make cost, and look at the difference)' if changed else ''))
    print(f'{ok - bad} passed, {bad} failed')
    return bad

def docs():
    cost, cases = defaultdict(list), {}
    for k, v in table(file).items():
        cost[k.split()[0]] += [n for _, n in pairs(v)]
    for l in lines('cases.txt'):
        m, n = l.split()
        cases[m] = int(n)
    sets, missing = defaultdict(list), defaultdict(list)
    for l in lines('rows.tsv'):
        mnemonic, isa, status, forms = l.split('\t')
        (missing if status == 'missing' else sets)[isa].append((mnemonic, status, forms))
    print('# Instructions\n\nMade by `make docs` from the tables in `recompiler/lift/x86*.def`, the instruction tests and `tests/insn/cost.txt`.\n')
    print('* *done*: translated inline; *helper*: calls a function of the engine; *hint*: without effect; *#UD*, *#GP*: refused as a processor does.')
    print('* forms: what `tests/insn` generates (letters: `x86.def`); *programs*: no generated test; `tests/insn/odd.c`, `tests/unit` and `tests/prog` execute most of them.')
    print('* cases: states in which this CPU and the interpreter were compared in one run of the tests; `make fuzz` adds four times as many a round.')
    print('* wasm: instructions of the function that holds just this one, less those of an empty one: from the cheapest form to the dearest.\n')
    every = [r for v in sets.values() for r in v]
    by = defaultdict(int)
    for _, s, _ in every:
        by[s] += 1
    print(f'{len(every)} mnemonics: ' + ', '.join(f'{n} {s}' for s, n in sorted(by.items())) + f'; {sum(cases.values())} cases. All of x86-64-v3 is there.\n')
    with open(sys.argv[4]) as f:
        print(f.read())
    for isa in sorted(sets):
        print(f'## {isa}\n\n| mnemonic | status | forms | cases | wasm |\n|---|---|---|---|---|')
        for mnemonic, status, forms in sorted(sets[isa]):
            c = cost.get(mnemonic)
            tested = {'-': 'programs', '=': 'no operands', 'string': 'every prefix'}.get(forms, forms)
            n = cases.get(mnemonic, 0)
            print(f'| {mnemonic} | {status} | {tested} | {n if n else ""} | {"" if not c else c[0] if len(set(c)) == 1 else f"{min(c)} to {max(c)}"} |')
        print()
    print('## Without a row\n\nFeatures that CPUID does not report. Executing one is SIGILL, and the report names it.\n')
    for isa in sorted(missing):
        print(f'* {isa}: ' + ', '.join(sorted(m for m, _, _ in missing[isa])))

if what == 'cost':
    write_cost()
elif what == 'check':
    sys.exit(check() != 0)
else:
    docs()
