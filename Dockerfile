# The images of Reconvene, a target each: `docker build --target payments --tag reconvene/payments .`
# An image holds one service, what is shared, and its own pinned packages; nobody in it is root.
# Where no image registry can be reached, deploy/images/build makes the images that stand in for these two.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG PROXY_IMAGE=haproxy:3.0


# -- in front of the services ------------------------------------------------------------------------------------------
FROM ${PROXY_IMAGE} AS proxy
COPY deploy/proxy/haproxy.cfg /etc/haproxy/haproxy.cfg
USER 10001:10001
EXPOSE 8080 8443
# Its own answer to SIGTERM: end now. The image's default would wait for the last open board.
STOPSIGNAL SIGTERM
ENTRYPOINT []
CMD ["haproxy", "-W", "-db", "-f", "/etc/haproxy/haproxy.cfg"]
HEALTHCHECK --interval=5s --timeout=3s --retries=6 CMD ["bash", "-c", ": < /dev/tcp/127.0.0.1/8080"]


# -- what the images of our own programs have in common ----------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS ground
ENV PATH=/opt/packages/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY deploy/images/healthy.py /opt/healthy.py
WORKDIR /app

# Packages are installed where pip is, and carried over without it.
FROM ground AS workshop
COPY deploy/images/install-packages deploy/images/wheel[s] /workshop/


# -- local tools: never in production ----------------------------------------------------------------------------------
FROM ground AS tool
RUN install -d -o 10001 -g 10001 /data
VOLUME /data
COPY deploy/__init__.py deploy/__init__.py

FROM workshop AS provider-packages
COPY deploy/requirements/provider.txt /workshop/
RUN /workshop/install-packages provider

FROM tool AS provider
ENV PROVIDER_HOST=0.0.0.0 PROVIDER_PORT=4010 PROVIDER_DATA=/data
EXPOSE 4010
COPY --from=provider-packages /opt/packages /opt/packages
COPY deploy/provider deploy/provider
RUN python -m compileall -q /app
USER 10001:10001
CMD ["python", "-m", "deploy.provider"]
HEALTHCHECK --interval=5s --timeout=5s --retries=6 --start-period=20s \
    CMD ["python3", "-IS", "/opt/healthy.py", "4010", "/health"]

FROM workshop AS mailbox-packages
COPY deploy/requirements/mailbox.txt /workshop/
RUN /workshop/install-packages mailbox

FROM tool AS mailbox
ENV MAILBOX_HOST=0.0.0.0 MAILBOX_SMTP_PORT=1025 MAILBOX_HTTP_PORT=8025 MAILBOX_DATA=/data
EXPOSE 1025 8025
COPY --from=mailbox-packages /opt/packages /opt/packages
COPY deploy/mailbox deploy/mailbox
RUN python -m compileall -q /app
USER 10001:10001
CMD ["python", "-m", "deploy.mailbox"]
HEALTHCHECK --interval=5s --timeout=5s --retries=6 --start-period=20s \
    CMD ["python3", "-IS", "/opt/healthy.py", "8025", "/health"]


# -- the four services -------------------------------------------------------------------------------------------------
# Healthy means ready: the database answers, the worker reads, the relay is connected. The first start makes topics and
# indexes, so it is given a while.
FROM ground AS service
ENV HOST=0.0.0.0 PORT=8000
EXPOSE 8000
COPY shared shared
COPY services/__init__.py services/__init__.py

FROM workshop AS registration-packages
COPY deploy/requirements/registration.txt /workshop/
RUN /workshop/install-packages registration

FROM service AS registration
COPY --from=registration-packages /opt/packages /opt/packages
COPY services/registration services/registration
RUN python -m compileall -q /app
USER 10001:10001
CMD ["python", "-m", "services.registration"]
HEALTHCHECK --interval=5s --timeout=5s --retries=12 --start-period=60s \
    CMD ["python3", "-IS", "/opt/healthy.py", "8000", "/registration/ready"]

FROM workshop AS payments-packages
COPY deploy/requirements/payments.txt /workshop/
RUN /workshop/install-packages payments

FROM service AS payments
COPY --from=payments-packages /opt/packages /opt/packages
COPY services/payments services/payments
RUN python -m compileall -q /app
USER 10001:10001
CMD ["python", "-m", "services.payments"]
HEALTHCHECK --interval=5s --timeout=5s --retries=12 --start-period=60s \
    CMD ["python3", "-IS", "/opt/healthy.py", "8000", "/payments/ready"]

FROM workshop AS notifications-packages
COPY deploy/requirements/notifications.txt /workshop/
RUN /workshop/install-packages notifications

FROM service AS notifications
COPY --from=notifications-packages /opt/packages /opt/packages
COPY services/notifications services/notifications
RUN python -m compileall -q /app
USER 10001:10001
CMD ["python", "-m", "services.notifications"]
HEALTHCHECK --interval=5s --timeout=5s --retries=12 --start-period=60s \
    CMD ["python3", "-IS", "/opt/healthy.py", "8000", "/notifications/ready"]

FROM workshop AS scheduling-packages
COPY deploy/requirements/scheduling.txt /workshop/
RUN /workshop/install-packages scheduling

FROM service AS scheduling
COPY --from=scheduling-packages /opt/packages /opt/packages
COPY services/scheduling services/scheduling
RUN python -m compileall -q /app
USER 10001:10001
CMD ["python", "-m", "services.scheduling"]
HEALTHCHECK --interval=5s --timeout=5s --retries=12 --start-period=60s \
    CMD ["python3", "-IS", "/opt/healthy.py", "8000", "/scheduling/ready"]


# -- for the database of docker-compose.yml: makes a lone server a replica set of one, once, and ends ------------------
FROM ground AS replica-set
COPY --from=registration-packages /opt/packages /opt/packages
COPY deploy/images/replica_set.py /opt/replica_set.py
USER 10001:10001
CMD ["python", "/opt/replica_set.py"]
