# What deploy/images/build makes where no image registry can be reached: stand-ins for python:3.11-slim-bookworm,
# haproxy, mongo and apache/kafka, from the distribution's packages and from the programs that Reconvene runs on a laptop.
# To try the containers with, not to be given away: the database's licence allows running it, and we never redistribute it.
ARG BASE
FROM ${BASE} AS python
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends python3 python3-venv \
    && ln -s python3 /usr/bin/python && rm -rf /var/lib/apt/lists/*

FROM ${BASE} AS haproxy
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends haproxy && rm -rf /var/lib/apt/lists/*

FROM ${BASE} AS mongod
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends libssl3 libcurl4 && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 999 --no-create-home mongodb && install -d -o mongodb -g mongodb /data/db
COPY mongod /usr/bin/mongod
USER mongodb
VOLUME /data/db
EXPOSE 27017
ENTRYPOINT ["mongod"]

FROM ${BASE} AS kafka
RUN useradd --uid 1000 --no-create-home appuser \
    && install -d -o appuser -g appuser /var/lib/kafka/data /opt/kafka/config
COPY java /opt/java
COPY jars /opt/kafka/libs
COPY jvm.options kafka-start /opt/kafka/
USER appuser
VOLUME /var/lib/kafka/data
EXPOSE 9092
CMD ["/opt/kafka/kafka-start"]
