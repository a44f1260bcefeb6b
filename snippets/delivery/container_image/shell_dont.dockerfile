FROM python:latest
COPY . /shop
WORKDIR /shop
RUN pip install -r requirements.txt
ENV HOST=0.0.0.0 PORT=8080
CMD python -m shop
