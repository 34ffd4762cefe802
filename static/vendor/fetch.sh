#!/bin/sh
# Fetches the pinned front-end files again. Run it from any folder: sh static/vendor/fetch.sh
# Needs npm and, for the font subset, a Python with fonttools and brotli (PYTHON=... to choose one).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

get() { # name@version, file inside the package, where it goes
    test -d "$1" || { mkdir -p "$1"; npm pack --silent "$1" --pack-destination "$1" >/dev/null; tar xzf "$1"/*.tgz -C "$1"; }
    mkdir -p "$(dirname "$here/$3")"
    cp "$1/package/$2" "$here/$3"
}

get htmx.org@2.0.11 dist/htmx.min.js htmx-2.0.11/htmx.min.js
get htmx.org@2.0.11 LICENSE htmx-2.0.11/LICENSE
# The whole sheet is 635 KB (79 KB compressed); the families we use are 232 KB (34 KB compressed).
get @tabler/core@1.6.1 dist/css/tabler.min.css tabler-1.6.1/tabler.css
npm install --silent --no-save --prefix "$work" purgecss@7 >/dev/null
cp "$here/subset.mjs" "$work/" && node "$work/subset.mjs" "$here/tabler-1.6.1/tabler.css" "$work/subset.css"
# A source map that is not shipped would be a 404 in every browser's developer tools.
sed 's|/\*# sourceMappingURL=[^*]*\*/||' "$work/subset.css" >"$here/tabler-1.6.1/tabler.css"

# The explorer of the API, on its own page only.
get swagger-ui-dist@5.35.0 LICENSE swagger-ui-dist-5.35.0/LICENSE
get swagger-ui-dist@5.35.0 NOTICE swagger-ui-dist-5.35.0/NOTICE
get swagger-ui-dist@5.35.0 swagger-ui-bundle.js.LICENSE.txt swagger-ui-dist-5.35.0/swagger-ui-bundle.js.LICENSE.txt
get swagger-ui-dist@5.35.0 swagger-ui-bundle.js swagger-ui-dist-5.35.0/swagger-ui-bundle.js
get swagger-ui-dist@5.35.0 swagger-ui.css swagger-ui-dist-5.35.0/swagger-ui.css
sed -i 's|//# sourceMappingURL=.*||' "$here/swagger-ui-dist-5.35.0/swagger-ui-bundle.js"
sed -i 's|/\*# sourceMappingURL=[^*]*\*/||' "$here/swagger-ui-dist-5.35.0/swagger-ui.css"

get inter-ui@4.1.1 LICENSE.txt inter-4.1.1/LICENSE.txt
# One subset for staff pages: Latin 1, Latin Extended A and B, the vowels and consonants with marks that Yoruba, Igbo, Hausa
# and the European languages use, combining marks, punctuation, currency signs with the naira, arrows, minus.
"${PYTHON:-python3}" -m fontTools.subset inter-ui@4.1.1/package/variable/InterVariable.woff2 \
    --output-file="$here/inter-4.1.1/inter-duely.woff2" --flavor=woff2 --layout-features=calt,ccmp,kern,locl,mark,mkmk,tnum,lnum,ss03 \
    --unicodes="U+0020-007E,U+00A0-0180,U+0186,U+018A,U+018E,U+0190,U+0198-0199,U+01B3-01B4,U+0218-021B,U+0253-0254,U+0257,U+0259,U+025B,\
U+02BC,U+02C6,U+02DA,U+02DC,U+0300-0304,U+0306-0308,U+030A-030C,U+0323,U+0327-0329,U+0331,U+1E0C-1E0D,U+1E24-1E25,U+1E36-1E37,U+1E44-1E45,\
U+1E62-1E63,U+1E6C-1E6D,U+1E80-1E85,U+1E9E,U+1EB8-1EBD,U+1ECA-1ECD,U+1EE4-1EE5,U+1EF2-1EF3,U+1EF8-1EF9,U+2009,U+200B-200D,U+2010-2015,U+2018-201E,\
U+2020-2022,U+2026,U+202F,U+2030,U+2032-2033,U+2039-203A,U+2044,U+20A0-20C0,U+2116,U+2122,U+2190-2193,U+2212,U+2215,U+2248,U+2260,U+2264-2265,U+FFFD"

# Icons: the outline set, only those listed. To add one, add its name here and run this again.
for icon in $(cat "$here/tabler-icons-3.51.0/names.txt"); do
    get @tabler/icons@3.51.0 "icons/outline/$icon.svg" "tabler-icons-3.51.0/$icon.svg"
done
get @tabler/icons@3.51.0 LICENSE tabler-icons-3.51.0/LICENSE
