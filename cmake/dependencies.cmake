# Everything comes from the distribution's packages; `./dev` installs them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CLI11 REQUIRED IMPORTED_TARGET CLI11)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
if(HIREDIS_VERSION VERSION_GREATER_EQUAL 1.0)  # TLS to Redis: with what Debian 13 has
  pkg_check_modules(HIREDIS_SSL REQUIRED IMPORTED_TARGET hiredis_ssl)
endif()
pkg_check_modules(MARIADB REQUIRED IMPORTED_TARGET libmariadb)
# The console's curves. The name of the file differs between Chart.js 3 and 4.
find_file(CHART_JS NAMES chart.min.js chart.umd.min.js chart.umd.js PATHS /usr/share/javascript/chart.js
  /usr/share/nodejs/chart.js/dist NO_DEFAULT_PATH DOC "Chart.js, as one script" REQUIRED)
