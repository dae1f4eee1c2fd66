#!/usr/bin/env python3
"""make conformance: every operation against botocore.

Compares requests, signatures, results, errors, endpoints and input checks of
the Lua module with botocore's, over seeded random values and real HTTP on
loopback. Exit status 1 when anything differs.
"""

import argparse
import os
import sys
import time

sys.dont_write_bytecode = True             # nothing is left in the tree
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import endpoints                                          # noqa: E402
import errors                                             # noqa: E402
import operations                                         # noqa: E402
import sigv4_suite                                        # noqa: E402
import validation                                         # noqa: E402
from luaside import Lua                                   # noqa: E402
from peer import Peer                                     # noqa: E402
from report import Report                                 # noqa: E402


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--lua', default='lua5.4', help='interpreter')
    p.add_argument('--cpath', default='build/lua5.4',
                   help='folder of bedrock.so')
    p.add_argument('--seed', default='1', help='any text')
    p.add_argument('--only', metavar='OP',
                   help="one operation's request and result")
    p.add_argument('--workers', type=int, default=os.cpu_count() or 2)
    return p.parse_args()


def main():
    options = arguments()
    begin = time.time()
    lua = Lua(options.lua, options.cpath)
    if not os.path.exists(os.path.join(lua.cpath, 'bedrock.so')):
        raise SystemExit('There is no bedrock.so in ' + options.cpath)
    peer, report, workers = Peer(), Report(), min(options.workers, 8)
    print('%s against botocore, seed %s' % (options.lua, options.seed))
    if options.only is None:
        operations.check_names(peer, lua, report)
    operations.run(peer, lua, report, options.seed, options.only, workers)
    if options.only is None:
        errors.run(peer, lua, report, options.seed, workers)
        endpoints.run(peer, lua, report, workers)
        validation.run(peer, lua, report, options.seed, workers)
        sigv4_suite.run(lua, report)
    if lua.faults:
        report.begin('processes')
        report.check(options.lua, lua.faults)
        report.end()
    print('%.0f seconds' % (time.time() - begin))
    print('%d passed, %d failed' % (report.passed, report.failed))
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
