"""What breaks which rule: (label, the ids of the rules that it breaks, the parts of the certificate). An empty text: none."""
from cryptography.hazmat.primitives import serialization

from build import *

CASES = []


def case(label, breaks, change=None, kind="ec"):
    parts = good(kind)
    if change:
        change(parts)
    CASES.append((label, set(breaks.split()), parts))


def put(**parts):
    names = {"since": "from"}
    return lambda b: b.update({names.get(k, k): v for k, v in parts.items()})


def setx(kind, value):
    return lambda b: b["extensions"].update({kind: value})


def delx(*kinds):
    return lambda b: [b["extensions"].pop(kind) for kind in kinds]


def both(*changes):
    return lambda b: [change(b) for change in changes]


def san(*names, crit=False):
    return setx("san", ext("2.5.29.17", seq(*names), crit))


def dns1(text):
    return san(dns("www.example.com"), dns(text))


THREE = setx("scts", ext(SCTS, scts(3)))


# ---- good
case('good ec', '')
case('good rsa', '', kind='rsa')
case('good ku rsa only ds', '', setx('usage', ext('2.5.29.15', bits(b'\x80', 7), True)), 'rsa')
case('good no CN', '', both(put(subject=seq()), san(dns('www.example.com'), crit=True)))
case('good wildcard', '', both(put(subject=name(('CN', '*.example.com'))), san(dns('*.example.com'), dns('example.com'))))
case('good A-label', '', dns1('xn--mnchen-3ya.example.com'))
case('good ip', '', san(dns('www.example.com'), ip(93, 184, 216, 34)))
case('good ip6', '', san(dns('www.example.com'), ip(*bytes.fromhex('26062800022000010248189325c81946'))))
case('good cn ip', '', both(put(subject=name(('CN', '93.184.216.34'))), san(ip(93, 184, 216, 34))))
case('good ca384', '', put(signer='p384'))
case('good carsa', '', put(signer='rsa'))
case('good 199 days', '', both(put(until=date(2027, 4, 17, 23, 59, 59)), THREE))
case('good upper case dns', '', dns1('Mail.Example.com'))
case('good ov', '', both(put(subject=name(('C', 'DE'), ('ST', 'Bayern'), ('L', 'München'), ('O', 'Example GmbH'), ('CN',
     'www.example.com'))), setx('policies', ext('2.5.29.32', seq(seq(oid('2.23.140.1.2.2')))))))
case('good ev', '', both(put(subject=name(('category', 'Private Organization'), ('jurisdiction', printable('DE')), ('SN',
     printable('HRB 1')), ('C', 'DE'), ('L', 'Berlin'), ('O', 'Example GmbH'), ('CN', 'www.example.com'))), setx('policies',
     ext('2.5.29.32', seq(seq(oid('2.23.140.1.1')))))))
case('good iv', '', both(put(subject=name(('C', 'GB'), ('L', 'London'), ('surname', 'Lovelace'), ('given', 'Ada'), ('CN',
     'www.example.com'))), setx('policies', ext('2.5.29.32', seq(seq(oid('2.23.140.1.2.3')))))))
case('good with ocsp no crl', '', both(delx('crl'), setx('aia', ext('1.3.6.1.5.5.7.1.1', seq(seq(oid('1.3.6.1.5.5.7.48.1'),
     uri('http://ocsp.example.net')), seq(oid('1.3.6.1.5.5.7.48.2'), uri('http://ca.example.net/ca.crt')))))))
case('good short-lived no revocation', '', both(put(until=date(2026, 10, 7, 12, 0, 0)), delx('crl')))
case('good must-staple', '', setx('ms', ext('1.3.6.1.5.5.7.1.24', seq(integer(5)))))
case('good ski', '', setx('ski', ext('2.5.29.14', octets(b'\x01' * 20))))
case('good no bc', '', delx('basic'))
case('good p384 key', '', put(spki=spki(P384)))
case('good onion', '', dns1('pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion'))
case('good idn tld', '', dns1('xn--e1afmkfd.xn--p1ai'))
case('good cps', '', setx('policies', ext('2.5.29.32', seq(seq(oid('2.23.140.1.2.1')), seq(oid('1.3.6.1.4.1.44947.1.1.1'),
     seq(seq(oid('1.3.6.1.5.5.7.2.1'), tlv(22, b'http://cps.example.net'))))))))
case('dv with dc', 'subject_domain_validated', put(subject=name(('DC', 'com'), ('DC', 'example'), ('CN', 'www.example.com'))))

# ---- frame
case('v1', 'version_3 aia_issuer aki_present crl_present eku_present key_usage_present policies_present revocation_pointer san_present', lambda b: b.update(version=b'', extensions={}))
case('v2', 'version_3', put(version=tlv(160, integer(1))))
case('v4', 'version_3', put(version=tlv(160, integer(3))))
case('serial 0', 'serial_positive serial_entropy', put(serial=integer(0)))
case('serial neg', 'serial_positive', put(serial=integer(-386084262305108601680568302011029288)))
case('serial 21', 'serial_length', put(serial=tlv(2, b'\x11' * 21)))
case('serial 20 high bit 21', 'serial_length', put(serial=tlv(2, b'\x00' + b'\xff' * 20)))
case('serial 20 ok', '', put(serial=tlv(2, b'\x7f' * 20)))
case('serial 7', 'serial_entropy', put(serial=tlv(2, b'\x11' * 7)))
case('serial 8', '', put(serial=tlv(2, b'\x11' * 8)))
case('serial pad', 'serial_minimal', put(serial=tlv(2, b'\x00\x11' * 6)))
case('sig differs', 'signature_same', put(outer=ALGORITHMS['ecdsa384']))
case('sha1', 'signature_sha1', put(signs='ecdsa1'))
case('sha1 rsa', 'signature_sha1', put(signer='rsa', signs='rsa1'))
case('md5', 'signature_md5', put(signer='rsa', signs='rsamd5'))
case('sha224', 'signature_known', put(signer='rsa', signs='rsa224'))
case('rsa no null', 'signature_parameters', put(signer='rsa', algorithm=seq(oid('1.2.840.113549.1.1.11'))))
case('ecdsa null', 'signature_parameters', put(algorithm=seq(oid('1.2.840.10045.4.3.2'), NULL)))
case('ec256 with sha384', 'signature_curve_hash', put(signs='ecdsa384'))

def pss(h='2.16.840.1.101.3.4.2.1', mh='2.16.840.1.101.3.4.2.1', salt=32, null=NULL, tr=b''):
    return seq(oid('1.2.840.113549.1.1.10'), seq(tlv(160, seq(oid(h), null)), tlv(161, seq(oid('1.2.840.113549.1.1.8'), seq(oid(mh), null))), tlv(162, integer(salt)), tr))

case('pss good', '', put(signer='rsa', signs='pss', algorithm=pss()))
case('pss mgf differs', 'signature_parameters', put(signer='rsa', signs='pss', algorithm=pss(mh='2.16.840.1.101.3.4.2.2')))
case('pss salt 20', 'signature_parameters', put(signer='rsa', signs='pss', algorithm=pss(salt=20)))
case('pss no null', 'signature_parameters', put(signer='rsa', signs='pss', algorithm=pss(null=b'')))
case('pss sha1 default', 'signature_sha1', put(signer='rsa', signs='pss', algorithm=seq(oid('1.2.840.113549.1.1.10'), seq())))
case('pss trailer explicit', 'signature_parameters', put(signer='rsa', signs='pss', algorithm=pss(tr=tlv(163, integer(1)))))
case('ed25519 sig', 'signature_known', put(algorithm=seq(oid('1.3.101.112'))))
case('issuer empty', 'issuer_present', put(issuer=seq()))
case('issuer other type', 'issuer_bytes', put(issuer=name(('C', 'US'), ('O', printable('Example Trust')), ('CN', 'Example CA'))))
case('unique ids', 'unique_ids', put(ids=tlv(129, b'\x00abc')))
case('trailing', 'trailing_bytes', put(tail=b'\x00\x00\x00'))

# ---- dates
case('generalized before 2050', 'time_type', put(until=general(day(2026, 12, 29))))
case('utc no seconds', 'time_readable', put(until=tlv(23, b'2612290000Z')))
case('utc offset', 'time_readable', put(until=tlv(23, b'261229000000+0100')))
case('gen fraction', 'time_readable', put(until=tlv(24, b'20261229000000.5Z')))
case('utc no seconds, ou', 'time_readable subject_unit subject_domain_validated', both(put(until=tlv(23, b'2612290000Z'),
     subject=name(('OU', 'IT'), ('CN', 'www.example.com')))))
case('time order', 'time_order', put(until=date(2026, 9, 1)))
case('201 days', 'validity_60_months', both(put(until=date(2027, 4, 19)), THREE))
case('200 days exactly', 'validity_recommended', both(put(until=date(2027, 4, 18, 23, 59, 59)), THREE))
case('200 days + 1s', 'validity_60_months', both(put(until=date(2027, 4, 19, 0, 0, 0)), THREE))
case('398 in 2025', 'validity_recommended', both(put(since=date(2025, 10, 1), until=date(2026, 11, 2, 23, 59, 59)), THREE))
case('399 in 2025', 'validity_60_months', both(put(since=date(2025, 10, 1), until=date(2026, 11, 3, 23, 59, 59)), THREE))
case('398 last day before', '', both(put(since=date(2026, 3, 14, 23, 59, 59), until=date(2027, 4, 15, 0, 0, 0)), THREE))
case('398 first day after', 'validity_60_months', both(put(since=date(2026, 3, 15), until=date(2027, 4, 16)), THREE))
case('101 in 2027', 'validity_60_months', put(since=date(2027, 3, 15), until=date(2027, 6, 24)))
case('100 in 2027', 'validity_recommended', put(since=date(2027, 3, 15), until=date(2027, 6, 22, 23, 59, 59)))
case('48 in 2029', 'validity_60_months', put(since=date(2029, 3, 15), until=date(2029, 5, 1, 23, 59, 59)))
case('47 in 2029', 'validity_recommended', put(since=date(2029, 3, 15), until=date(2029, 4, 30, 23, 59, 59)))
case('826 in 2019-08', 'validity_60_months validity_apple sct_count', put(since=date(2019, 8, 1), until=date(2021, 11, 4)))
case('39 months ok', '', both(put(since=date(2016, 1, 2), until=date(2019, 4, 2))))

# ---- subject
S = lambda *r: put(subject=name(*r))
case('cn twice', 'subject_cn_once subject_duplicates', S(('CN', 'www.example.com'), ('CN', 'example.com')))
case('cn not in san', 'subject_cn_in_san', S(('CN', 'other.example.com')))
case('cn free text', 'subject_cn_in_san', S(('CN', 'Example Ltd Web')))
case('cn ulabel', 'subject_cn_in_san', both(S(('CN', 'münchen.example.com')), san(dns('xn--mnchen-3ya.example.com'))))
case('cn case differs', 'subject_cn_exact', S(('CN', 'WWW.EXAMPLE.COM')))
case('cn case differs in 2023-09-14', '', both(S(('CN', 'WWW.EXAMPLE.COM')), put(since=date(2023, 9, 14), until=date(2023, 12, 1))))
case('cn upper case as in san', '', both(S(('CN', 'Mail.Example.com')), dns1('Mail.Example.com')))
IP6 = ip(*bytes.fromhex('26062800022000010248189325c81946'))
case('cn ip6', '', both(S(('CN', '2606:2800:220:1:248:1893:25c8:1946')), san(IP6)))
case('cn ip6 written out', 'subject_cn_exact', both(S(('CN', '2606:2800:0220:1:248:1893:25C8:1946')), san(IP6)))
case('cn 65', 'subject_lengths', both(S(('CN', 'a' * 53 + '.example.com')), san(dns('a' * 53 + '.example.com'))))
case('org 65', 'subject_lengths', both(S(('C', 'US'), ('L', 'x'), ('O', 'x' * 65), ('CN', 'www.example.com')), setx('policies',
     ext('2.5.29.32', seq(seq(oid('2.23.140.1.2.2')))))))
OV = setx('policies', ext('2.5.29.32', seq(seq(oid('2.23.140.1.2.2')))))
OVN = lambda *r: both(S(('C', 'US'), ('L', 'Town'), *r, ('CN', 'www.example.com')), OV)
case('org empty', 'subject_empty_value', OVN(('O', '')))
case('org dash', 'subject_empty_value', both(S(('C', 'US'), ('ST', '-'), ('O', 'Example'), ('CN', 'www.example.com')), OV))
case('org blanks', 'subject_blanks', OVN(('O', ' Example ')))
case('country 3', 'subject_country', both(S(('C', 'USA'), ('L', 'T'), ('O', 'E'), ('CN', 'www.example.com')), OV))
case('country lower', 'subject_country', both(S(('C', 'us'), ('L', 'T'), ('O', 'E'), ('CN', 'www.example.com')), OV))
case('country unassigned', 'subject_country', both(S(('C', 'ZQ'), ('L', 'T'), ('O', 'E'), ('CN', 'www.example.com')), OV))
case('country XX', '', both(S(('C', 'XX'), ('L', 'T'), ('O', 'E'), ('CN', 'www.example.com')), OV))
case('ou', 'subject_unit', OVN(('O', 'E'), ('OU', 'IT')))
case('T61 org', 'subject_types', OVN(('O', tlv(20, b'Example'))))
case('bmp org', 'subject_types', OVN(('O', tlv(30, 'Example'.encode('utf-16-be')))))
case('utf8 country', 'subject_types', both(S(('C', utf8('US')), ('L', 'T'), ('O', 'E'), ('CN', 'www.example.com')), OV))
case('printable *', 'subject_printable', both(put(subject=name(('CN', printable('*.example.com')))), san(dns('*.example.com'))))
case('printable @', 'subject_printable', OVN(('O', printable('a@b'))))
case('dv with o', 'subject_domain_validated', S(('O', 'Example'), ('CN', 'www.example.com')))
case('dv with L', 'subject_domain_validated', S(('L', 'Town'), ('CN', 'www.example.com')))
case('ov without o', 'subject_organization_present subject_place', both(S(('CN', 'www.example.com')), OV))
case('ov without country', 'subject_place', both(S(('L', 'x'), ('O', 'E'), ('CN', 'www.example.com')), OV))
case('ov without L/ST', 'subject_place', both(S(('C', 'US'), ('O', 'E'), ('CN', 'www.example.com')), OV))
case('ev missing business category', 'subject_extended', both(S(('C', 'US'), ('L', 'x'), ('O', 'E'), ('CN',
     'www.example.com')), setx('policies', ext('2.5.29.32', seq(seq(oid('2.23.140.1.1')))))))
EV = setx('policies', ext('2.5.29.32', seq(seq(oid('2.23.140.1.1')))))
EVN = lambda category, *r, state=printable('DE'): both(S(('category', category), ('jurisdiction', state), ('SN', 'HRB 1'), ('C', 'DE'),
     ('L', 'Berlin'), ('O', 'Example GmbH'), *r, ('CN', 'www.example.com')), EV)
case('ev government', '', EVN('Government Entity'))
case('ev category other', 'subject_extended', EVN('Company'))
case('ev jurisdiction lower', 'subject_country', EVN('Business Entity', state=printable('de')))
case('ev jurisdiction utf8', 'subject_types', EVN('Business Entity', state=utf8('DE')))
case('ev wildcard', 'san_extended', both(EVN('Private Organization'), dns1('*.example.com')))
case('ev address', 'san_extended', both(EVN('Private Organization'), san(dns('www.example.com'), ip(93, 184, 216, 34))))
case('ev onion star', '', both(EVN('Private Organization'), dns1(
     '*.pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion')))
case('ev organization identifier', '', both(EVN('Private Organization', ('orgid', 'NTRDE-HRB 1')),
     setx('orgid', ext('2.23.140.3.1', seq(printable('NTR'), printable('DE'), utf8('HRB 1'))))))
case('ev organization identifier alone', 'subject_extended', EVN('Private Organization', ('orgid', 'NTRDE-HRB 1')))
case('dc utf8', 'subject_types subject_domain_validated', S(('DC', utf8('com')), ('CN', 'www.example.com')))
case('utf8 invalid', 'subject_characters', OVN(('O', tlv(12, b'\xff\xfeab'))))
case('control char', 'subject_characters', OVN(('O', tlv(12, b'a\x00b'))))
case('multi-value rdn', 'subject_one_each', put(subject=seq(tlv(0x31, seq(oid('2.5.4.6'), printable('US')), seq(oid('2.5.4.3'),
     utf8('www.example.com'))))))

# ---- SAN
case('no san', 'san_present', delx('san'))
case('san empty', 'san_empty', san())
case('san crit with subject', 'san_critical', san(dns('www.example.com'), crit=True))
case('san noncrit empty subj', 'san_critical', put(subject=seq()))
case('san email', 'san_types', san(dns('www.example.com'), tlv(129, b'a@example.com')))
case('san uri', 'san_types', san(dns('www.example.com'), uri('https://x.example.com')))
case('san dirname', 'san_types', san(dns('www.example.com'), tlv(164, name(('CN', 'x')))))
case('san dup', 'san_duplicates', san(dns('www.example.com'), dns('WWW.example.com')))
case('dns empty label', 'dns_empty_label', dns1('a..example.com'))
case('dns leading dot', 'dns_empty_label', dns1('.example.com'))
case('dns empty', 'dns_empty_label', dns1(''))
case('dns trailing dot', 'dns_trailing_dot', dns1('a.example.com.'))
case('dns label 64', 'dns_label_length', dns1('a' * 64 + '.example.com'))
case('dns label 63', '', dns1('a' * 63 + '.example.com'))
case('dns 254', 'dns_length', dns1('.'.join(['a' * 61] * 4)[:242].rstrip('.') + '.example.com'))
case('dns space', 'dns_characters', dns1('a b.example.com'))
case('dns slash', 'dns_characters', dns1('https://a.example.com/'))
case('dns port', 'dns_characters', dns1('a.example.com:443'))
case('dns nul', 'dns_characters', dns1('a.example.com\x00.evil.com'))
case('dns utf8', 'dns_characters', dns1('münchen.example.com'))
case('dns underscore', 'dns_underscore', dns1('a_b.example.com'))
case('dns hyphen', 'dns_hyphens', dns1('-a.example.com'))
case('dns hyphen end', 'dns_hyphens', dns1('a-.example.com'))
case('dns reserved', 'dns_reserved_label', dns1('ab--cd.example.com'))
case('dns bad punycode', '', dns1('xn--a-ecp.example.com'))
case('dns bad punycode2', 'dns_alabel', dns1('xn--0.example.com'))
case('wild middle', 'dns_wildcard_place', dns1('a.*.example.com'))
case('wild partial', 'dns_wildcard_place', dns1('f*.example.com'))
case('wild double', 'dns_wildcard_place', dns1('*.*.example.com'))
case('wild com', 'dns_wildcard_suffix', dns1('*.com'))
case('wild co.uk', 'dns_wildcard_suffix', dns1('*.co.uk'))
case('wild star', 'dns_internal', dns1('*'))
case('wild github.io (private suffix)', '', dns1('*.github.io'))
case('internal', 'dns_internal', dns1('intranet'))
case('internal.local', 'dns_reserved_domain', dns1('mail.corp.local'))
case('internal .lan', 'dns_internal', dns1('a.lan'))
case('localhost', 'dns_reserved_domain', dns1('localhost'))
case('example tld', 'dns_reserved_domain', dns1('a.example'))
case('test tld', 'dns_reserved_domain', dns1('a.test'))
case('dns ip', 'dns_address', dns1('93.184.216.34'))
case('dns ip6', 'dns_address dns_characters', dns1('2606:2800:220:1::1'))
case('reverse', 'dns_reverse_zone', dns1('1.0.0.10.in-addr.arpa'))
case('ip 5', 'ip_length', san(dns('www.example.com'), ip(*b'\x01\x02\x03\x04\x05')))
case('ip 8 mask', 'ip_length', san(dns('www.example.com'), ip(*b']\x02\x03\x04\xff\xff\xff\xff')))
for bytes_ in ([10, 0, 0, 1], [192, 168, 1, 1], [172, 16, 0, 1], [127, 0, 0, 1], [169, 254, 0, 1], [100, 64, 0, 1], [192, 0, 2,
         1], [198, 51, 100, 1], [203, 0, 113, 1], [0, 0, 0, 0], [224, 0, 0, 1], [240, 0, 0, 1], [255, 255, 255, 255], [198, 18,
         0, 1]):
    case('ip reserved %s' % bytes_, 'ip_reserved', san(dns('www.example.com'), ip(*bytes_)))
for text in ('fe80' + '0' * 27 + '1', 'fd00' + '0' * 27 + '1', '0' * 31 + '1', '20010db8' + '0' * 24, 'ff02' + '0' * 27 + '1',
         '0' * 20 + 'ffff0a000001'):
    case('ip6 reserved %s' % text, 'ip_reserved', san(dns('www.example.com'), ip(*bytes.fromhex(text))))

# ---- extensions
case('dup ext', 'extension_once', setx('san2', ext('2.5.29.17', seq(dns('www.example.com')))))
case('ext bad der', 'extension_decodes crl_present revocation_pointer', setx('crl', ext('2.5.29.31', b'0\x05\x01')))
case('unknown critical', 'extension_critical_known', setx('x', ext('1.2.3.4.5', NULL, True)))
case('unknown noncritical', '', setx('x', ext('1.2.3.4.5', NULL)))
case('poison', 'not_precertificate', lambda b: (b['extensions'].pop('scts'),
     b['extensions'].update(p=ext('1.3.6.1.4.1.11129.2.4.3', NULL, True))))
case('critical explicit FALSE', 'der', setx('eku', seq(oid('2.5.29.37'), b'\x01\x01\x00', octets(seq(oid('1.3.6.1.5.5.7.3.1'))))))
case('pathlen no ca', 'basic_constraints_path', setx('basic', ext('2.5.29.19', seq(integer(0)), True)))
case('bc noncrit', 'basic_constraints_critical', setx('basic', ext('2.5.29.19', seq())))
case('bc explicit false', 'extension_decodes', setx('basic', ext('2.5.29.19', seq(b'\x01\x01\x00'), True)))
case('no ku', 'key_usage_present', delx('usage'))
KU = lambda v, u, c=True: setx('usage', ext('2.5.29.15', bits(v, u), c))
case('ku noncrit', 'key_usage_critical', KU(b'\x80', 7, False))
case('ku empty', 'key_usage_empty key_usage_signs', KU(b'', 0))
case('ku certsign', 'key_usage_no_ca', KU(b'\x84', 2))
case('ku crlsign', 'key_usage_no_ca', KU(b'\x82', 1))
case('rsa keyagreement', 'key_usage_rsa', KU(b'\x88', 3), 'rsa')
case('rsa nonrep', 'key_usage_rsa', KU(b'\xc0', 6), 'rsa')
case('rsa dataenc', '', KU(b'\xb0', 4), 'rsa')
case('ec keyenc', 'key_usage_ec', KU(b'\xa0', 5))
case('ec keyagree', '', KU(b'\x88', 3))
case('rsa keyenc only', 'key_usage_signs', KU(b' ', 5), 'rsa')
case('ec keyagree only', 'key_usage_signs', KU(b'\x08', 3))
case('ku encipheronly', 'key_usage_only_bits key_usage_ec', KU(b'\x81', 0))
case('ku trailing zero bits', 'key_usage_minimal', KU(b'\x80\x00', 0))
EKU = lambda *o, c=False: setx('eku', ext('2.5.29.37',
     seq(*[oid('1.3.6.1.5.5.7.3.%s' % x if x != 'any' else '2.5.29.37.0') for x in o]), c))
case('no eku', 'eku_present', delx('eku'))
case('eku client only', 'eku_server', EKU(2))
case('eku any', 'eku_any', EKU(1, 'any'))
case('eku any alone', 'eku_any eku_server', EKU('any'))
case('eku code', 'eku_forbidden', EKU(1, 3))
case('eku email', 'eku_forbidden', EKU(1, 4))
case('eku time', 'eku_forbidden', EKU(1, 8))
case('eku ocsp', 'eku_forbidden', EKU(1, 9))
case('eku server+client', '', EKU(1, 2))
case('eku server+client 2027-04', 'eku_client', both(EKU(1, 2), put(since=date(2027, 4, 1), until=date(2027, 6, 1))))
case('eku precertificates', 'eku_forbidden', setx('eku', ext('2.5.29.37', seq(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.4.1.11129.2.4.4')))))
case('eku empty', 'eku_server', EKU())
case('eku critical', 'eku_critical', EKU(1, c=True))
case('no aki', 'aki_present', delx('aki'))
case('aki crit', 'aki_critical', lambda b: b['extensions'].update(aki=ext('2.5.29.35', seq(tlv(128, key_id(P256))), True)))
case('aki empty', 'aki_key_id', setx('aki', ext('2.5.29.35', seq())))
case('aki issuer serial', 'aki_issuer_serial', lambda b: b['extensions'].update(aki=ext('2.5.29.35', seq(tlv(128,
     key_id(P256)), tlv(161, tlv(164, ISSUER)), tlv(130, b'\x124')))))
case('aki differs', 'aki_matches', setx('aki', ext('2.5.29.35', seq(tlv(128, b'\x05' * 20)))))
case('ski crit', 'ski_critical', setx('ski', ext('2.5.29.14', octets(b'\x01' * 20), True)))
AIA = lambda *e, c=False: setx('aia', ext('1.3.6.1.5.5.7.1.1', seq(*[seq(oid('1.3.6.1.5.5.7.48.%d' % m), g) for m, g in e]), c))
case('no aia', 'aia_issuer', delx('aia'))
case('aia ocsp only', 'aia_issuer', AIA((1, uri('http://o.example.net'))))
case('aia crit', 'aia_critical', AIA((2, uri('http://o.example.net')), c=True))
case('aia https', 'aia_scheme', AIA((2, uri('https://o.example.net'))))
case('aia ldap', 'aia_scheme', AIA((2, uri('ldap://o.example.net'))))
case('aia dirname', 'aia_shape', AIA((2, uri('http://o.example.net')), (1, tlv(164, name(('CN', 'x'))))))
case('aia other method', 'aia_shape', AIA((2, uri('http://o.example.net')), (3, uri('http://x.example.net'))))
case('aia http upper', '', AIA((2, uri('HTTP://o.example.net/x'))))
case('no revocation', 'revocation_pointer crl_present', delx('crl'))
case('crl https', 'crl_scheme', setx('crl', ext('2.5.29.31', seq(seq(tlv(160, tlv(160, uri('https://ca.example.net/1.crl'))))))))
case('crl ldap', 'crl_scheme', setx('crl', ext('2.5.29.31', seq(seq(tlv(160, tlv(160, uri('ldap://ca.example.net/1.crl'))))))))
case('crl crit', 'crl_critical', setx('crl', ext('2.5.29.31', seq(seq(tlv(160, tlv(160, uri('http://ca.example.net/1.crl'))))),
     True)))
case('crl reasons', 'crl_shape', setx('crl', ext('2.5.29.31', seq(seq(tlv(160, tlv(160, uri('http://ca.example.net/1.crl'))),
     tlv(129, b'\x01\x02'))))))
case('crl issuer', 'crl_shape', setx('crl', ext('2.5.29.31', seq(seq(tlv(160, tlv(160, uri('http://ca.example.net/1.crl'))),
     tlv(162, tlv(164, ISSUER)))))))
case('crl empty point', 'crl_shape revocation_pointer crl_present', setx('crl', ext('2.5.29.31', seq(seq()))))
case('no policies', 'policies_present', delx('policies'))
POL = lambda *o, c=False: setx('policies', ext('2.5.29.32', seq(*[seq(oid(x)) for x in o]), c))
case('pol own only', 'policies_reserved', POL('1.2.3.4'))
case('pol two reserved', 'policies_reserved subject_organization_present subject_place', POL('2.23.140.1.2.1', '2.23.140.1.2.2'))
case('pol crit', 'policies_critical', POL('2.23.140.1.2.1', c=True))
case('pol dup', 'policies_duplicates', POL('2.23.140.1.2.1', '1.2.3.4', '1.2.3.4'))
case('pol any', 'policies_any', POL('2.23.140.1.2.1', '2.5.29.32.0'))
case('pol usernotice', 'policies_qualifiers', setx('policies', ext('2.5.29.32', seq(seq(oid('2.23.140.1.2.1'),
     seq(seq(oid('1.3.6.1.5.5.7.2.2'), seq(utf8('hello')))))))))
CPS = lambda address: setx('policies', ext('2.5.29.32', seq(seq(oid('2.23.140.1.2.1'),
     seq(seq(oid('1.3.6.1.5.5.7.2.1'), tlv(22, address)))))))
case('pol cps https', '', CPS(b'https://cps.example.net'))
case('pol cps ftp', 'policies_qualifiers', CPS(b'ftp://cps.example.net'))
case('nameconstraints', 'ca_extensions', setx('nc', ext('2.5.29.30', seq(tlv(160, seq(dns('example.com')))), True)))
case('policyconstraints', 'ca_extensions', setx('pc', ext('2.5.29.36', seq(tlv(128, b'\x00')), True)))
case('netscape', 'netscape', setx('ns', ext('2.16.840.1.113730.1.1', bits(b'@', 6))))
case('sct 1', 'sct_count', setx('scts', ext(SCTS, scts(1))))
case('sct 2 of one log', 'sct_count', setx('scts', ext(SCTS, scts(2, same=True))))
case('sct 3 of two logs', '', setx('scts', ext(SCTS, scts(2, same=True, more=1))))
case('sct 2 for 199', 'sct_count', put(until=date(2027, 4, 17, 23, 59, 59)))
case('sct crit', 'sct_critical', setx('scts', ext(SCTS, scts(2), True)))
case('order', 'subject_order', both(S(('O', 'E'), ('L', 'T'), ('C', 'US'), ('CN', 'www.example.com')), OV))
case('onion v2', 'dns_onion', dns1('expyuzz4wqqyqhjn.onion'))
case('iv without name', 'subject_individual_present', both(S(('C', 'US'), ('L', 'T'), ('CN', 'www.example.com')),
     setx('policies', ext('2.5.29.32', seq(seq(oid('2.23.140.1.2.3')))))))
for l in ('xn--fsqu00a', 'xn--mgbh0fb', 'xn--e1afmkfd', 'xn--i-7iq', 'xn--bcher-kva', 'xn--80ak6aa92e', 'xn--ls8h',
         'xn--strae-oqa', 'XN--BCHER-KVA', 'xn--zckzah', 'xn--11b5bs3a9aj6g', 'xn--hxajbheg2az3al', 'xn--kgbechtv'):
    case('good ' + l, '', dns1(l + '.example.com'))
for l in ('xn--', 'xn--99999999', 'xn---', 'xn--example-', 'xn--zzzzzzzzzz9999'):
    case('bad ' + l, 'dns_alabel' if not l.endswith('-') else 'dns_alabel dns_hyphens', dns1(l + '.example.com'))

# ---- keys
N = RSA.public_key().public_numbers().n
case('rsa e 3', 'rsa_exponent_range', put(spki=spki_rsa(N, 3)), 'rsa')
case('rsa e 1', 'rsa_exponent rsa_exponent_range', put(spki=spki_rsa(N, 1)), 'rsa')
case('rsa e even', 'rsa_exponent', put(spki=spki_rsa(N, 65538)), 'rsa')
case('rsa e big', 'rsa_exponent_range', put(spki=spki_rsa(N, (1 << 257) + 1)), 'rsa')
case('rsa e 2^255', '', put(spki=spki_rsa(N, (1 << 255) + 1)), 'rsa')
case('rsa no null', 'rsa_parameters', put(spki=spki_rsa(N, 65537, b'')), 'rsa')

def curve(c):
    return put(spki=spki(ec.generate_private_key(c)))

case('p521', '', curve(ec.SECP521R1()))
case('p224', 'ec_curve', curve(ec.SECP224R1()))
case('k256', 'ec_curve', curve(ec.SECP256K1()))
case('bp256', 'ec_curve', curve(ec.BrainpoolP256R1()))
case('ed25519 key', 'key_algorithm', put(spki=spki(ED25519)))
pt = LEAF.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
case('ec compressed', 'ec_point', put(spki=seq(seq(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bits(pt))))
u = LEAF.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
case('ec not on curve', 'ec_point', put(spki=seq(seq(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')),
     bits(u[:-1] + bytes([u[-1] ^ 1])))))
case('ec explicit', 'ec_named ec_curve', put(spki=seq(seq(oid('1.2.840.10045.2.1'), seq(integer(1),
     seq(oid('1.2.840.10045.1.1'), integer(2 ** 256 - 2 ** 224 + 2 ** 192 + 2 ** 96 - 1)),
     seq(octets(bytes.fromhex('ffffffff00000001000000000000000000000000fffffffffffffffffffffffc')),
     octets(bytes.fromhex('5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b'))),
     octets(bytes.fromhex('046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5')), integer(115792089210356248762697446949407573529996955224135760342422259061068512044369), integer(1))), bits(u))))
case('rsa-pss key', 'key_algorithm', put(spki=seq(seq(oid('1.2.840.113549.1.1.10')), bits(seq(integer(N), integer(65537))))),
     'rsa')
