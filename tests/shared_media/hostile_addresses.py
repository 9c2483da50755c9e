"""Addresses, URLs and names that nothing may be downloaded from."""

NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255"),
    *("127.0.0.1", "127.1.2.3", "127.255.255.255", "169.254.0.1", "169.254.169.254"),
    *("169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.0.10"),
    *("192.0.0.170", "192.0.0.192", "192.0.2.1", "198.51.100.1", "203.0.113.1"),
    *("192.31.196.1", "192.175.48.1", "192.52.193.1", "192.88.99.1", "192.88.99.2"),
    *("192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("199.36.153.4", "199.36.153.7", "199.36.153.8", "199.36.153.11", "100.100.100.200"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8"),
    *("::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808"),
    *("64:ff9b:1::1", "64:ff9b:1:ffff::808:808", "2002:7f00:1::", "2002:808:808::1"),
    *("2001::1", "2001:1::1", "2001:3::1", "2001:4:112::1", "2001:20::1", "2001:1ff:ffff::"),
    *("100::1", "100:0:0:1::1", "2001:db8::1", "3fff::1", "3fff:fff::1", "5f00::1"),
    *("2620:4f:8000::1", "2600:2d00:2:1000::", "2600:2d00:2:2000::1"),
    *("fc00::1", "fdff::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fec0::1", "feff::1"),
    *("ff00::", "ff02::1", "ffff::1", "1::1", "1fff::1", "4000::1", "8000::1", "e000::1"),
]
BAD_URLS = [
    # 127.0.0.1 in its short, decimal, hexadecimal, octal and mixed spellings
    *("http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/"),
    *("http://0x7f.0.0.1/", "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/"),
    *("http://127.0.0.0x1/", "http://0x7f.00.0.01/", "http://127.0.0.1./", "http://00.0.0.0/"),
    *("http://0/", "http://0./", "http://0x/", "http://10.1/", "http://0xa9fea9fe/"),
    # the same for a public address, which no normal URL has
    *("http://134744072/", "http://0x8.0x8.0x8.0x8/", "http://8.8.8.0x8/", "http://8.8/"),
    # Unicode digits, letters and dots
    *("http://①②⑦.0.0.1/", "http://⑧.⑧.⑧.⑧/", "http://127。0。0。1/", "http://8．8．8．8/"),
    *("http://8｡8｡8｡8/", "http://１２７.0.0.1/", "http://８.8.8.8/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/"),
    *("http://files。example.com/", "http://ｆiles.example.com/", "http://example.com:８０/"),
    # user info
    *("http://user@example.com/", "http://user:password@example.com/", "http://@example.com/"),
    *("http://:@example.com/", "http://example.com@127.0.0.1/", "http://a@b@example.com/"),
    # backslash, CR, LF, TAB, NUL, spaces
    *("http://example.com\\@127.0.0.1/", "http://127.0.0.1\\.example.com/", "http:\\\\a.com\\"),
    *("http://example.com/a\\b", "http://example.com\r/", "http://example.com/\r\nX: y"),
    *("http://example.com/\n", "\thttp://example.com/", "ht\ttp://example.com/", "http://e\t.com/"),
    *("http://example.com\0.evil.com/", "http://example.com/\0", "http://exa mple.com/"),
    *(" http://example.com/", "http://example.com/ ", "http://example.com/\x85", "\ud800"),
    *("http://example.com/\x7f", "http://example.com/\ud800"),
    # an encoded authority
    *("http://%31%32%37.0.0.1/", "http://example%2ecom/", "http://example.com%2f@127.0.0.1/"),
    *("http://127.0.0.1%00.example.com/", "http://example.com%23@127.0.0.1/"),
    *("http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[2606:4700::1%251]/"),
    # other schemes, and no scheme
    *("ftp://example.com/a", "file:///etc/passwd", "gopher://example.com/", "data:image/png,a"),
    *("javascript:alert(1)", "ws://example.com/", "jar:http://example.com/!a", "dict://a.com:80/"),
    *("//example.com/a", "http:/example.com/a", "http:example.com", "http:///a.jpg", "http://"),
    *("example.com/a.jpg", "/a.jpg", "a.jpg", "", "https:///example.com/", "://example.com/"),
    # other ports
    *("http://example.com:8080/", "https://example.com:8443/", "http://example.com:22/"),
    *("http://example.com:0/", "http://example.com:65536/", "http://example.com:-80/"),
    *("http://example.com:6379/", "http://example.com:80a/", "http://example.com:80:80/"),
    # no host names
    *("http://[::1/", "http://[]/", "http://[1.2.3.4]/", "http://a..com/", "http://.example.com/"),
    *("http://example.com../", "http://-.example.com/", "http://*.example.com/", "http://?/"),
    "http://" + "a" * 64 + ".example.com/",
    "http://" + "a." * 127 + "com/",
    "http://example.com/" + "a" * 8192,
]
INTERNAL_NAMES = [
    *("localhost", "localhost.", "LOCALHOST", "a.localhost", "metadata", "metadata."),
    *("metadata.google.internal", "metadata.google.internal.", "METADATA.Google.Internal"),
    *("db.internal", "printer.local", "printer.local.", "intranet", "kubernetes", "router.lan"),
    *("kubernetes.default.svc.cluster.local", "a.localdomain", "nas.home", "nas.home.arpa"),
    *("1.0.0.127.in-addr.arpa", "wiki.corp"),
]
