"""Where requests would go: our rule set against botocore's, for regions of
every partition, with and without FIPS and dual-stack."""

import itertools

import compare
import luasource
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from luaside import Case, Table
from operations import built_request
from peer import KEY, SECRET, signature_faults
from values import Values

# Not listed in any partition: found by pattern, or by nothing.
INVENTED = ['us-north-9', 'me-west-44', 'mx-central-7', 'cn-south-9',
            'us-gov-north-5', 'us-iso-north-2', 'us-isob-north-3',
            'us-isof-far-1', 'eu-isoe-north-4', 'eusc-de-west-2',
            'eusc-fr-west-2', 'mars-north-1', 'us-east', 'us-east-1a', 'x',
            'us-gov-1', 'xus-east-1', 'us-east-10-1',
            'EU-WEST-1']
CREDENTIALS = ('credentials = { creds = { access_key_id = "%s", '
               'secret_access_key = "%s" } }' % (KEY, SECRET))


def regions(session):
    data = session.get_data('partitions')
    listed = [r for p in data['partitions'] for r in p['regions']]
    return listed + INVENTED


def some_build(peer, service):
    """Lua source of a build of one of the service's operations."""
    operation = next(op for op in peer.operations
                     if op.service == service and not op.stream_in)
    params = Values('endpoints', True).input(operation.input, True)
    return 'c:build("%s", %s)' % (operation.method, luasource.of_shape(
        params, operation.input, lambda: False))


def make_cases(peer):
    session = peer.session
    partitions = session.get_data('partitions')
    loader = session.get_component('data_loader')
    for service in peer.models:
        rules = EndpointProvider(
            loader.load_service_model(service, 'endpoint-rule-set-1'),
            partitions)
        build = some_build(peer, service)
        for region, fips, dual in itertools.product(
                regions(session), (False, True), (False, True)):
            try:
                want = rules.resolve_endpoint(
                    Region=region, UseFIPS=fips, UseDualStack=dual).url
            except BotoCoreError as e:
                want = e
            yield service, build, region, fips, dual, want


def run(peer, lua, report, workers):
    cases = []
    for service, build, region, fips, dual, want in make_cases(peer):
        code = ('local c, err = bedrock.client{ region = "%s", service = '
                '"%s", use_fips = %s, use_dualstack = %s, %s }\n'
                'if not c then return c, err end\n'
                'return %s' % (
                    region, service, str(fips).lower(), str(dual).lower(),
                    CREDENTIALS, build))
        name = '%s %s%s%s' % (service, region, ' fips' * fips,
                              ' dualstack' * dual)
        case = Case(name, code)
        case.want, case.service, case.region = want, service, region
        cases.append(case)
    lua.run(cases, '', workers)
    report.begin('endpoints')
    report.note('%d regions' % len({c.region for c in cases}))
    for case in cases:
        report.check(case.name, differences(peer, case))
    report.end()


def differences(peer, case):
    outcome = case.outcome
    if not isinstance(case.want, str):
        if outcome.word != 'err' or outcome.first.get('kind') != b'config':
            yield 'error', case.want, outcome
        return
    if outcome.word != 'ok' or not isinstance(outcome.first, Table):
        yield 'url', case.want, outcome
        return
    request, secure = built_request(outcome)
    ours = '%s://%s' % ('https' if secure else 'http', request.get('host'))
    if ours.lower() != case.want.lower():      # names of hosts have no case
        yield 'url', case.want, ours
    name = peer.models[case.service].signing_name
    yield from signature_faults(request, secure, name, case.region, None)
    yield from compare.signed_names(request)
