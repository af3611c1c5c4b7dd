-- Which devices are offline is asked many times a second; nearly always none.

create index device_offline on device_seen (site_no) where online is false;
